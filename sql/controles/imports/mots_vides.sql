-- Grain : une ligne par fichier où des cellules vides sont écrites NULL, nan ou None
select fichier, null::bigint as ligne, null::varchar as colonne, mots_vides as valeur,
    concat('cellules vides : ', mots_vides) as detail
from raw.fichier
where mots_vides <> ''
