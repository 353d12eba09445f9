-- Grain : une ligne par session, spécialité et épreuve
--
-- Comme statistique_epreuve, tous modes et toutes mailles ensemble ; les notes conservées (BENEFICE,
-- REPORT) n'y sont pas.
with

notes as (

    select
        *,
        cast(note * 100 as bigint) as note_c
    from marts.note_retenue
    where note is not null and not est_conservee

),

statistiques as (

    select
        session,
        specialite,
        epreuve,
        rang,
        count(*) as n,
        avg(note) as moyenne,
        sum(note_c) as somme_c,
        sum(note_c * note_c) as carres_c,
        quantile_cont(cast(note as double), [0.1, 0.25, 0.5, 0.75, 0.9]) as quantiles,
        avg(if(note >= 10, 1, 0)) as part_sup_10,
        min(note) as minimum,
        max(note) as maximum
    from notes
    group by all

)

select
    session,
    specialite,
    epreuve,
    rang,
    n,
    moyenne,
    -- Sur des sommes entières, comme statistique_epreuve.
    case
        when n > 1
            then sqrt((n * carres_c - somme_c * somme_c)::double / (n * (n - 1))) / 100
    end as ecart_type,
    quantiles[3] as mediane,
    quantiles[2] as q1,
    quantiles[4] as q3,
    quantiles[1] as d1,
    quantiles[5] as d9,
    part_sup_10,
    minimum,
    maximum

from statistiques
order by session, specialite, rang
