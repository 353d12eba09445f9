-- Grain : une ligne par note étudiée (id_note)
-- A : moyenne des écarts z disponibles du candidat ; NULL sans ancre.
with
notes as (select * from intermediate.harmonisation_note),

scores as (
    select id_note, count(*) as nb_ancres, avg(z)::decimal(14, 12) as a
    from intermediate.harmonisation_score
    group by id_note
)

select
    notes.id_note, notes.session, notes.specialite, notes.epreuve, notes.etape, notes.type_unite, notes.unite,
    notes.commission, notes.numero_candidat, notes.note,
    coalesce(scores.nb_ancres, 0) as nb_ancres,
    scores.a
from notes
left join scores using (id_note)
