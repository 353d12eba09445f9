-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et paire d'ancres (ancre < ancre_b)
-- Sommes et produits de z (la note d'ancrage moins sa moyenne) sur les candidats qui ont les deux ancres.
with
unites as (select * from intermediate.harmonisation_numero),

copies as (
    select candidat, groupe, ancre, note
    from intermediate.harmonisation_copie
    join intermediate.harmonisation_groupe using (candidat)
),

moyennes as (select * from intermediate.harmonisation_moyenne),

-- Une fois par groupe, pour toutes ses unités.
sommes as (
    select
        premiere.groupe, premiere.ancre, seconde.ancre as ancre_b,
        count(*) as n,
        sum(premiere.note) as x,
        sum(seconde.note) as x_b,
        sum(premiere.note * seconde.note) as xx,
        sum(premiere.note * premiere.note) as x2,
        sum(seconde.note * seconde.note) as x2_b
    from copies as premiere
    join copies as seconde on premiere.candidat = seconde.candidat and premiere.ancre < seconde.ancre
    group by premiere.groupe, premiere.ancre, seconde.ancre
),

ecarts as (
    select
        premieres.id_unite, sommes.*, premieres.moyenne as m, secondes.moyenne as m_b
    from sommes
    join moyennes as premieres on premieres.groupe = sommes.groupe and premieres.ancre = sommes.ancre
    join moyennes as secondes
        on secondes.groupe = sommes.groupe and secondes.ancre = sommes.ancre_b and secondes.id_unite = premieres.id_unite
),

par_unite as (
    select
        id_unite, ancre, ancre_b,
        sum(n)::bigint as n,
        sum(x - n * m)::double as z,
        sum(x_b - n * m_b)::double as z_b,
        sum((xx::double - m_b::double * x::double - m::double * x_b::double + n * m::double * m_b::double)::decimal(38, 12))::double as zz,
        sum((x2::double - 2 * m::double * x::double + n * m::double * m::double)::decimal(38, 12))::double as z2,
        sum((x2_b::double - 2 * m_b::double * x_b::double + n * m_b::double * m_b::double)::decimal(38, 12))::double as z2_b
    from ecarts
    group by id_unite, ancre, ancre_b
)

select unites.* exclude (id_unite, id_analyse), par_unite.* exclude (id_unite)
from par_unite
join unites using (id_unite)
