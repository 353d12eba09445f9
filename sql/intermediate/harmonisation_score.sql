-- Grain : une ligne par note étudiée (id_note) et ancre du même candidat
-- z : la note d'ancrage moins la moyenne de cette ancre parmi les candidats de l'épreuve étudiée ; jamais sa propre ancre.
-- En décimal : une somme de nombres à virgule flottante dépend de l'ordre, qui change d'un calcul à l'autre.
with
notes as (select * from intermediate.harmonisation_note),

ancres as (select * from intermediate.harmonisation_ancre),

-- « academie » : chaque académie corrige ses copies. Son ancre se compare à celle de la même académie, et à nulle autre :
-- ses correcteurs sont une commission à part, qui ne relie pas ses unités à celles d'ailleurs.
-- L'académie peut manquer de la liste des candidats.
candidats as (
    select
        session, specialite, numero_candidat,
        case when 'academie' in (select par from reference.ancrage) then academie end as correcteurs
    from (select * from staging.candidat union all by name select null::varchar as academie where false)
)

select
    notes.id_note, notes.session, notes.specialite, notes.epreuve, notes.etape, notes.type_unite, notes.unite,
    ancres.ancre,
    case
        when candidats.correcteurs is null then ancres.commission
        else concat_ws(' / ', candidats.correcteurs, ancres.commission)
    end as commission_ancre,
    notes.note as y,
    (
        ancres.note - avg(ancres.note) over (
            partition by
                notes.session, notes.specialite, notes.epreuve, notes.etape, notes.type_unite, ancres.ancre, candidats.correcteurs
        )
    )::decimal(14, 12) as z
from notes
join ancres using (session, specialite, numero_candidat)
join candidats using (session, specialite, numero_candidat)
where ancres.ancre <> notes.epreuve
