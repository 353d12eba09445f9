-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et ancre
-- Sommes de y et de z (la note d'ancrage moins sa moyenne) sur les candidats qui ont cette ancre ; a_sans : ancre moyenne
-- recalculée sans celle-ci.
with
unites as (select * from intermediate.harmonisation_numero),

candidats as (select * from intermediate.harmonisation_candidat),

copies as (select * from intermediate.harmonisation_copie),

-- Les candidats d'un groupe ont tous les mêmes ancres : seuls les produits demandent chaque note et chaque ancre.
par_groupe as (
    select groupe, id_unite, any_value(nb_ancres) as k, count(*) as n, sum(note) as y, sum(a) as a
    from candidats
    where nb_ancres > 0
    group by groupe, id_unite
),

produits as (
    select candidats.groupe, candidats.id_unite, copies.ancre, sum(candidats.note * copies.note) as yx
    from candidats
    join copies using (candidat)
    group by candidats.groupe, candidats.id_unite, copies.ancre
),

ecarts as (
    select
        id_unite, ancre, k, n, y, a,
        somme - n * moyenne as z,
        yx::decimal(38, 14) - (y * moyenne)::decimal(38, 14) as yz
    from par_groupe
    join intermediate.harmonisation_moyenne using (groupe, id_unite)
    join produits using (groupe, id_unite, ancre)
),

par_unite as (
    select
        id_unite, ancre,
        sum(n)::bigint as n,
        sum(y)::double as y,
        sum(z)::double as z,
        sum(yz)::double as yz,
        sum(a)::double as a,
        coalesce(sum(n) filter (where k = 1), 0)::bigint as n_seule,
        coalesce(sum(y) filter (where k = 1), 0)::double as y_seule,
        coalesce(sum(case when k > 1 then ((k * a - z)::double / (k - 1))::decimal(38, 12) end), 0)::double as a_sans
    from ecarts
    group by id_unite, ancre
)

select unites.* exclude (id_unite, id_analyse), par_unite.* exclude (id_unite)
from par_unite
join unites using (id_unite)
