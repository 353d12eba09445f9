-- Grain : une ligne par note étudiée (id_note) et ancre du même candidat
-- z : la note d'ancrage moins la moyenne de cette ancre parmi les candidats de l'épreuve étudiée ; jamais sa propre ancre.
-- En décimal : une somme de nombres à virgule flottante dépend de l'ordre, qui change d'un calcul à l'autre.
with
notes as (select * from intermediate.harmonisation_note),

ancres as (select * from intermediate.harmonisation_ancre)

select
    notes.id_note, notes.session, notes.specialite, notes.epreuve, notes.etape, notes.type_unite, notes.unite,
    ancres.ancre,
    ancres.commission as commission_ancre,
    notes.note as y,
    (
        ancres.note - avg(ancres.note) over (
            partition by
                notes.session, notes.specialite, notes.epreuve, notes.etape, notes.type_unite, ancres.ancre
        )
    )::decimal(14, 12) as z
from notes
join ancres using (session, specialite, numero_candidat)
where ancres.ancre <> notes.epreuve
