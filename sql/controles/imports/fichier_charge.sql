-- Grain : une ligne par fichier qui a des lignes, toutes rejetées, sauf modèle CCF remplacé
select
    fichier, null::bigint as ligne, 'lignes_chargees' as colonne,
    concat('0 sur ', lignes_lues) as valeur
from marts.bilan_import
where lignes_lues > 0 and lignes_chargees = 0 and remplace_par is null
