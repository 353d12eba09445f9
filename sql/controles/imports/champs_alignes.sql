-- Grain : une ligne par fichier dont des lignes sont décalées par une virgule décimale
select fichier, null::bigint as ligne, colonne, valeur,
    nullif(regexp_extract(message, ' : ([^(]*) \(règle', 1), '') as detail
from raw.rejet
where regle = 'virgule_decimale'
