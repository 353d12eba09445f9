-- Grain : une ligne par candidat (nombre) et ancre notée
-- « academie » : chaque académie corrige ses copies. Son ancre se compare à celle de la même académie, et à nulle autre :
-- ses correcteurs sont une commission à part, qui ne relie pas ses unités à celles d'ailleurs. Une ancre et ceux qui l'ont
-- corrigée ont un nombre, dans l'ordre des ancres.
with
ancres as (select * from intermediate.harmonisation_ancre),

candidats as (
    select *, case when 'academie' in (select par from reference.ancrage) then academie end as correcteurs
    from intermediate.harmonisation_rang
),

copies as materialized (
    select
        candidat, ancre, correcteurs, note,
        case when correcteurs is null then commission else concat_ws(' / ', correcteurs, commission) end as commission_ancre
    from ancres
    join candidats using (session, specialite, numero_candidat)
),

nombres as (
    select row_number() over (order by ancre, correcteurs) as id_ancre, *
    from (select distinct ancre, correcteurs from copies)
)

select copies.candidat, nombres.id_ancre, copies.ancre, copies.note, copies.commission_ancre
from copies
join nombres on nombres.ancre = copies.ancre and nombres.correcteurs is not distinct from copies.correcteurs
order by candidat, id_ancre
