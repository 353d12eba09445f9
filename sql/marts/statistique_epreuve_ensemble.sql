-- Grain : une ligne par session, spécialité et épreuve
--
-- Comme statistique_epreuve, tous modes et toutes mailles ensemble ; les notes conservées (BENEFICE,
-- REPORT) n'y sont pas.
with

notes as (select * from marts.note_retenue where note is not null and not est_conservee)

select
    session,
    specialite,
    epreuve,
    rang,
    count(*) as n,
    avg(note) as moyenne,
    stddev_samp(cast(note as double)) as ecart_type,
    median(cast(note as double)) as mediane,
    quantile_cont(cast(note as double), 0.25) as q1,
    quantile_cont(cast(note as double), 0.75) as q3,
    avg(if(note >= 10, 1, 0)) as part_sup_10,
    min(note) as minimum,
    max(note) as maximum

from notes
group by all
order by session, specialite, rang
