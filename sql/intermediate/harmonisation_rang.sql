-- Grain : une ligne par candidat
-- Le nombre d'un candidat. Ceux d'un établissement se suivent : les mêmes unités les ont notés, et ce qui se somme par unité
-- se retrouve alors bien plus vite en mémoire.
with
-- L'établissement et l'académie peuvent manquer de la liste des candidats.
candidats as (
    select * from staging.candidat
    union all by name
    select null::varchar as uai, null::varchar as academie where false
)

select
    row_number() over (order by session, specialite, uai, numero_candidat) as candidat,
    session, specialite, numero_candidat, academie
from candidats
order by candidat
