-- Grain : une ligne par analyse et ancre (nombres) : à quoi se comparent les notes de l'ancre
-- La note d’une ancre se compare à la moyenne de celle-ci parmi les candidats de l'épreuve étudiée, jamais sa propre ancre.
with
analyses as (select id_unite as id_analyse, epreuve from intermediate.harmonisation_numero where id_unite = id_analyse),

notes as (select candidat as profil, id_analyse from intermediate.harmonisation_notation),

sommes as (
    select profil, id_ancre, ancre, count(*) as n, sum(note) as note
    from intermediate.harmonisation_copie
    join intermediate.harmonisation_groupe using (candidat)
    group by all
)

select id_analyse, id_ancre, ancre, (sum(note)::double / sum(n))::decimal(14, 12) as moyenne
from sommes
join notes using (profil)
join analyses using (id_analyse)
where analyses.epreuve <> sommes.ancre
group by id_analyse, id_ancre, ancre
