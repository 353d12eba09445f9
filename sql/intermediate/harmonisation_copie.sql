-- Grain : une ligne par candidat (nombre) et ancre notée
-- « academie » : chaque académie corrige ses copies. Son ancre se compare à celle de la même académie, et à nulle autre :
-- ses correcteurs sont une commission à part, qui ne relie pas ses unités à celles d'ailleurs.
with
ancres as (select * from intermediate.harmonisation_ancre),

-- L'académie peut manquer de la liste des candidats.
candidats as (
    select
        candidat, session, specialite, numero_candidat,
        case when 'academie' in (select par from reference.ancrage) then academie end as correcteurs
    from (
        select rowid as candidat, * from staging.candidat
        union all by name
        select null::varchar as academie where false
    )
)

select
    candidat, ancre, correcteurs, note,
    case when correcteurs is null then commission else concat_ws(' / ', correcteurs, commission) end as commission_ancre
from ancres
join candidats using (session, specialite, numero_candidat)
