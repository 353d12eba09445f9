-- Grain : une ligne par fichier qui n'a pas pu être lu
select
    fichier, null::bigint as ligne, null::varchar as colonne, null::varchar as valeur,
    nullif(regexp_extract(message, '^(.*) \(règle', 1), '') as detail
from raw.rejet
-- sans rang, le rejet tient au fichier entier
where rang is null and regle in ('fichier_illisible', 'fichier_vide')
