-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et paire d'ancres (ancre < ancre_b)
-- Sommes et produits sur les candidats qui ont les deux ancres.
with
unites as (select * from intermediate.harmonisation_numero),

scores as (select * from intermediate.harmonisation_score),

paires as (
    select
        premiere.id_unite, premiere.ancre, seconde.ancre as ancre_b,
        count(*) as n,
        sum(premiere.z)::double as z,
        sum(seconde.z)::double as z_b,
        sum(premiere.z * seconde.z)::double as zz,
        sum(premiere.z * premiere.z)::double as z2,
        sum(seconde.z * seconde.z)::double as z2_b
    from scores as premiere
    join scores as seconde on premiere.id_note = seconde.id_note and premiere.ancre < seconde.ancre
    group by all
)

select session, specialite, epreuve, etape, type_unite, unite, paires.* exclude (id_unite)
from paires
join unites using (id_unite)
