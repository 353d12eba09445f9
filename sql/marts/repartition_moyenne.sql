-- Grain : une ligne par session, spécialité et demi-point de moyenne générale (borne basse comprise)
with

resultats as (select * from marts.resultat_candidat where moyenne_generale is not null)

select
    session,
    specialite,
    -- Sur la moyenne affichée, en entiers : 9,99 reste sous 10.
    cast(cast(moyenne_generale * 100 as integer) // 50 * cast(0.5 as decimal(2, 1)) as decimal(3, 1))
        as tranche,
    count(*) as n

from resultats
group by all
order by session, specialite, tranche
