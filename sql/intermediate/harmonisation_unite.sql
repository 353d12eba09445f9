-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et commission (NULL si inconnue)
-- Effectifs, sommes et sommes de carrés ; le suffixe _ancre restreint aux candidats qui ont au moins une ancre.
with
unites as (select * from intermediate.harmonisation_numero),

candidats as (
    select
        id_unite, commission, note as y, nb_ancres, nb_ancres > 0 as est_ancre, a,
        -- Six décimales : les puissances quatrièmes tiennent alors dans un décimal, dont la somme est exacte.
        a::decimal(8, 6) as a6
    from intermediate.harmonisation_candidat
),

sommes as (
    select
        id_unite, commission,
        count(*) as n,
        sum(y)::double as y,
        sum(y * y)::double as yy,
        count(*) filter (where y = 20) as nb_vingt,
        count(*) filter (where est_ancre) as n_ancre,
        count(*) filter (where nb_ancres >= 2) as n_deux_ancres,
        coalesce(sum(y) filter (where est_ancre), 0)::double as y_ancre,
        coalesce(sum(y * y) filter (where est_ancre), 0)::double as yy_ancre,
        coalesce(sum(a), 0)::double as a_ancre,
        coalesce(sum(a * a), 0)::double as aa_ancre,
        coalesce(sum(a6 * a6 * a6), 0)::double as aaa_ancre,
        coalesce(sum((a6 * a6) * (a6 * a6)), 0)::double as aaaa_ancre,
        coalesce(sum(y * a), 0)::double as ya_ancre,
        coalesce(sum(y * a6 * a6), 0)::double as yaa_ancre
    from candidats
    group by id_unite, commission
)

select unites.* exclude (id_unite, id_analyse), sommes.* exclude (id_unite)
from sommes
join unites using (id_unite)
