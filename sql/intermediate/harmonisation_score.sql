-- Grain : une ligne par note étudiée (id_note) et ancre du même candidat
-- z : la note d'ancrage moins la moyenne de cette ancre parmi les candidats de l'épreuve étudiée ; jamais sa propre ancre.
-- En décimal : une somme de nombres à virgule flottante dépend de l'ordre, qui change d'un calcul à l'autre.
-- Ces lignes sont des millions pour un pays : l'unité y est un nombre.
with
notes as (select * from intermediate.harmonisation_note),

ancres as (select * from intermediate.harmonisation_ancre),

-- « academie » : chaque académie corrige ses copies. Son ancre se compare à celle de la même académie, et à nulle autre :
-- ses correcteurs sont une commission à part, qui ne relie pas ses unités à celles d'ailleurs.
-- L'académie peut manquer de la liste des candidats.
candidats as materialized (
    select
        session, specialite, numero_candidat,
        row_number() over () as candidat,
        case when 'academie' in (select par from reference.ancrage) then academie end as correcteurs
    from (select * from staging.candidat union all by name select null::varchar as academie where false)
),

unites as (select * from intermediate.harmonisation_numero),

etudiees as materialized (
    select id_note, id_unite, id_analyse, epreuve, candidat, note as y
    from notes
    join unites using (session, specialite, epreuve, etape, type_unite, unite)
    join candidats using (session, specialite, numero_candidat)
),

deposees as materialized (
    select
        candidat, correcteurs, ancre, note,
        case when correcteurs is null then commission else concat_ws(' / ', correcteurs, commission) end as commission_ancre
    from ancres
    join candidats using (session, specialite, numero_candidat)
),

moyennes as (
    select id_analyse, ancre, correcteurs, avg(note) as moyenne
    from etudiees
    join deposees using (candidat)
    where ancre <> epreuve
    group by all
)

select
    etudiees.id_note, etudiees.id_unite, deposees.ancre, deposees.commission_ancre, etudiees.y,
    (deposees.note - moyennes.moyenne)::decimal(14, 12) as z
from etudiees
join deposees on deposees.candidat = etudiees.candidat and deposees.ancre <> etudiees.epreuve
join moyennes
    on moyennes.id_analyse = etudiees.id_analyse and moyennes.ancre = deposees.ancre
    and moyennes.correcteurs is not distinct from deposees.correcteurs
