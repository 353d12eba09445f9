-- Grain : une ligne par unité écrite de plusieurs façons
select
    null::varchar as fichier, null::bigint as ligne, genre as colonne, retenue as valeur,
    concat('graphies réunies : ', string_agg('« ' || ecrite || ' »', ', ' order by ecrite)) as detail
from staging.unite_ecrite
where nb > 0
group by genre, cle, retenue
having count(*) > 1
