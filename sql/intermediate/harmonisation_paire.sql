-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et paire d'ancres (ancre < ancre_b)
-- Sommes et produits de z (la note d'ancrage moins sa moyenne) sur les candidats qui ont les deux ancres.
with
unites as (select * from intermediate.harmonisation_numero),

notes as (select candidat as groupe, id_unite, id_analyse from intermediate.harmonisation_notation),

moyennes as (select *, moyenne::double as m from intermediate.harmonisation_moyenne),

-- Des jointures à gauche : DuckDB les fait dans cet ordre, les grandes tables d'abord. Commencer par les moyennes ferait trois
-- fois plus de lignes. Ce qui n'a pas de moyenne s'en va à la fin.
ecarts as (
    select
        notes.id_unite, produits.id_ancre, produits.id_ancre_b, n, x, x_b,
        xx / 10000 as xx, x2 / 10000 as x2, x2_b / 10000 as x2_b, x / 100 as xd, x_b / 100 as xd_b,
        premieres.m, secondes.m as m_b
    from notes
    left join intermediate.harmonisation_produit as produits using (groupe)
    left join moyennes as premieres
        on premieres.id_analyse = notes.id_analyse and premieres.id_ancre = produits.id_ancre
    left join moyennes as secondes
        on secondes.id_analyse = notes.id_analyse and secondes.id_ancre = produits.id_ancre_b
),

-- La moyenne est la même pour toutes les notes d'une unité à une ancre.
par_mesure as (
    select
        id_unite, id_ancre, id_ancre_b,
        sum(n)::bigint as n,
        sum(x)::bigint * 0.01::decimal(3, 2) as x,
        sum(x_b)::bigint * 0.01::decimal(3, 2) as x_b,
        sum((xx - m_b * xd - m * xd_b + n * m * m_b)::decimal(38, 12)) as zz,
        sum((x2 - 2 * m * xd + n * m * m)::decimal(38, 12)) as z2,
        sum((x2_b - 2 * m_b * xd_b + n * m_b * m_b)::decimal(38, 12)) as z2_b
    from ecarts
    group by id_unite, id_ancre, id_ancre_b
),

par_unite as (
    select
        id_unite, premieres.ancre, secondes.ancre as ancre_b,
        sum(n)::bigint as n,
        sum(x - n * premieres.moyenne)::double as z,
        sum(x_b - n * secondes.moyenne)::double as z_b,
        sum(zz)::double as zz,
        sum(z2)::double as z2,
        sum(z2_b)::double as z2_b
    from par_mesure
    left join unites using (id_unite)
    left join moyennes as premieres
        on premieres.id_analyse = unites.id_analyse and premieres.id_ancre = par_mesure.id_ancre
    left join moyennes as secondes
        on secondes.id_analyse = unites.id_analyse and secondes.id_ancre = par_mesure.id_ancre_b
    group by id_unite, premieres.ancre, secondes.ancre
    having sum(premieres.moyenne) is not null and sum(secondes.moyenne) is not null
)

select unites.* exclude (id_unite, id_analyse), par_unite.* exclude (id_unite)
from par_unite
join unites using (id_unite)
