-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et ancre
-- Sommes de y et de z (la note d'ancrage moins sa moyenne) sur les candidats qui ont cette ancre ; a_sans : ancre moyenne
-- recalculée sans celle-ci.
with
unites as (select * from intermediate.harmonisation_numero),

candidats as (select * from intermediate.harmonisation_candidat),

copies as (select * from intermediate.harmonisation_copie),

moyennes as (select * from intermediate.harmonisation_moyenne),

-- Les candidats d'un groupe ont tous les mêmes ancres : seuls les produits demandent chaque note et chaque ancre.
par_groupe as (
    select
        groupe, id_unite, any_value(id_analyse) as id_analyse, any_value(nb_ancres) as k,
        count(*) as n, sum(note) as y, sum(a) as a
    from candidats
    where nb_ancres > 0
    group by groupe, id_unite
),

sommes as (
    select groupe, id_ancre, sum(note) as somme
    from copies
    join intermediate.harmonisation_groupe using (candidat)
    group by groupe, id_ancre
),

produits as (
    select candidats.id_unite, copies.id_ancre, sum(candidats.note * copies.note) as yx
    from candidats
    join copies using (candidat)
    group by candidats.id_unite, copies.id_ancre
),

-- Des jointures à gauche : DuckDB les fait dans cet ordre, les grandes tables d'abord. Commencer par les moyennes ferait bien
-- plus de lignes. Ce qui n'a pas de moyenne s'en va à la fin.
ecarts as (
    select
        id_unite, id_ancre, k, n, y, a, somme,
        case when k > 1 then ((k * a - (somme - n * moyenne))::double / (k - 1))::decimal(38, 12) end as a_sans
    from par_groupe
    left join sommes using (groupe)
    left join moyennes using (id_analyse, id_ancre)
),

par_mesure as (
    select
        id_unite, id_ancre,
        sum(n) as n,
        sum(y) as y,
        sum(somme) as x,
        sum(a) as a,
        coalesce(sum(n) filter (where k = 1), 0) as n_seule,
        coalesce(sum(y) filter (where k = 1), 0) as y_seule,
        coalesce(sum(a_sans), 0) as a_sans
    from ecarts
    group by id_unite, id_ancre
),

-- La moyenne est la même pour toutes les notes d'une unité à une ancre.
par_unite as (
    select
        id_unite, ancre,
        sum(n)::bigint as n,
        sum(y)::double as y,
        sum(x - n::bigint * moyenne)::double as z,
        sum(yx::decimal(38, 14) - (y * moyenne)::decimal(38, 14))::double as yz,
        sum(a)::double as a,
        sum(n_seule)::bigint as n_seule,
        sum(y_seule)::double as y_seule,
        sum(a_sans)::double as a_sans
    from par_mesure
    join produits using (id_unite, id_ancre)
    left join unites using (id_unite)
    left join moyennes using (id_analyse, id_ancre)
    group by id_unite, ancre
    having sum(moyenne) is not null
)

select unites.* exclude (id_unite, id_analyse), par_unite.* exclude (id_unite)
from par_unite
join unites using (id_unite)
