-- Grain : une ligne par session, spécialité et demi-point de moyenne générale (borne basse comprise)
with

decisions as (select * from intermediate.decision_calculee where est_calculable)

select
    session,
    specialite,
    -- Sur la moyenne exacte, en entiers : 9,997, qui s'affiche 10,00, reste sous 10.
    -- Un demi-point fait 50 × coefficients_c, dans l'unité de points_dm.
    cast(points_dm // (50 * coefficients_c) * cast(0.5 as decimal(2, 1)) as decimal(3, 1))
        as tranche,
    count(*) as n

from decisions
group by all
order by session, specialite, tranche
