-- Grain : une ligne par fichier qui a des colonnes non utilisées
select fichier, null::bigint as ligne, 'colonnes' as colonne, colonnes_ignorees as valeur
from marts.bilan_import
where colonnes_ignorees <> ''
