-- Grain : une ligne par fichier dont toutes les lignes sont rejetées, sans être toutes répétées ou remplacées
select
    fichier, null::bigint as ligne, 'lignes_chargees' as colonne,
    concat('0 sur ', lignes_lues) as valeur
from marts.bilan_import
where lignes_lues > coalesce(lignes_sans_faute, 0) and lignes_chargees = 0 and remplace_par is null
