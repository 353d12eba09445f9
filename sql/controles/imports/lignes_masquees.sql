-- Grain : une ligne par feuille de tableur dont des lignes masquées ou filtrées portent des données
select fichier, null::bigint as ligne, null::varchar as colonne, lignes_masquees as valeur,
    concat('lignes masquées : ', lignes_masquees) as detail
from raw.fichier
where lignes_masquees <> ''
