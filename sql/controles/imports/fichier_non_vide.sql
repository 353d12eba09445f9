-- Grain : une ligne par fichier sans aucune ligne de données
select fichier, null::bigint as ligne, 'lignes_lues' as colonne, lignes_lues::varchar as valeur
from marts.bilan_import
where lignes_lues < 1
  and copie_de is null
  -- un fichier illisible ou sans ses colonnes a déjà sa règle
  and fichier not in (select fichier from raw.rejet where rang is null)
