-- Grain : une ligne par fichier dont des lignes récapitulatives ont été laissées de côté
select fichier, null::bigint as ligne, null::varchar as colonne, pieds as valeur, pieds as detail
from raw.fichier
where pieds <> ''
