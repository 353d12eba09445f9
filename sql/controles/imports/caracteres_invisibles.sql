-- Grain : une ligne par fichier dont des caractères invisibles ont été retirés
select fichier, null::bigint as ligne, null::varchar as colonne, invisibles as valeur,
    concat('caractères ', invisibles) as detail
from raw.fichier
where invisibles <> ''
