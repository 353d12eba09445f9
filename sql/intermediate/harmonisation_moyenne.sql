-- Grain : une ligne par groupe de candidats, unité et ancre : la somme des notes du groupe, et à quoi elles se comparent
-- La note d’une ancre se compare à la moyenne de celle-ci parmi les candidats de l'épreuve étudiée, jamais sa propre ancre.
with
unites as (select * from intermediate.harmonisation_numero),

notes as (select candidat as groupe, id_unite from intermediate.harmonisation_notation),

sommes as (
    select groupe, ancre, correcteurs, count(*) as n, sum(note) as note
    from intermediate.harmonisation_copie
    join intermediate.harmonisation_groupe using (candidat)
    group by all
),

comparees as (
    select sommes.*, unites.id_unite, unites.id_analyse
    from sommes
    join notes using (groupe)
    join unites on unites.id_unite = notes.id_unite and unites.epreuve <> sommes.ancre
),

moyennes as (
    select id_analyse, ancre, correcteurs, (sum(note)::double / sum(n))::decimal(14, 12) as moyenne
    from comparees
    group by all
)

select comparees.groupe, comparees.id_unite, comparees.ancre, comparees.note as somme, moyennes.moyenne
from comparees
join moyennes
    on moyennes.id_analyse = comparees.id_analyse and moyennes.ancre = comparees.ancre
    and moyennes.correcteurs is not distinct from comparees.correcteurs
