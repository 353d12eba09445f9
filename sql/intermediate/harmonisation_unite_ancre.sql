-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et ancre
-- Sommes de y et de z sur les candidats qui ont cette ancre ; a_sans : ancre moyenne recalculée sans celle-ci.
with
unites as (select * from intermediate.harmonisation_numero),

scores as (select * from intermediate.harmonisation_score),

candidats as (select id_note, nb_ancres, a from intermediate.harmonisation_candidat),

sommes as (
    select
        id_unite, ancre,
        count(*) as n,
        sum(y)::double as y,
        sum(z)::double as z,
        sum(y * z)::double as yz,
        sum(a)::double as a,
        count(*) filter (where nb_ancres = 1) as n_seule,
        coalesce(sum(y) filter (where nb_ancres = 1), 0)::double as y_seule,
        coalesce(
            sum(case when nb_ancres > 1 then ((nb_ancres * a - z) / (nb_ancres - 1))::decimal(14, 12) end), 0
        )::double as a_sans
    from scores
    join candidats using (id_note)
    group by all
)

select session, specialite, epreuve, etape, type_unite, unite, sommes.* exclude (id_unite)
from sommes
join unites using (id_unite)
