-- Grain : une ligne par note étudiée, soit par candidat et unité (nombres)
-- A : moyenne des écarts des ancres du candidat à leur moyenne, sans celle qu'on étudie ; NULL sans ancre.
-- En décimal : une somme de nombres à virgule flottante dépend de l'ordre, qui change d'un calcul à l'autre.
with
notes as (select * from intermediate.harmonisation_notation),

groupes as (select * from intermediate.harmonisation_groupe),

copies as (select * from intermediate.harmonisation_copie),

profils as (select distinct profil as candidat from groupes),

moyennes as (
    select notes.candidat as profil, id_analyse, count(moyenne) as nb_ancres, sum(moyenne) as somme_moyennes
    from (select distinct candidat, id_analyse from notes semi join profils using (candidat)) as notes
    join copies using (candidat)
    left join intermediate.harmonisation_moyenne using (id_analyse, id_ancre)
    group by notes.candidat, id_analyse
),

-- Une épreuve étudiée peut être elle-même une ancre.
etudiees as (
    select id_unite, epreuve
    from intermediate.harmonisation_numero
    where epreuve in (select ancre from copies)
),

propres as (
    select notes.candidat, notes.id_unite, copies.note
    from notes
    join etudiees using (id_unite)
    join copies on copies.candidat = notes.candidat and copies.ancre = etudiees.epreuve
)

select
    notes.candidat, notes.id_unite, notes.id_analyse, groupes.groupe, notes.commission, notes.note,
    coalesce(moyennes.nb_ancres, 0) as nb_ancres,
    (
        (groupes.somme_ancres - coalesce(propres.note, 0) - moyennes.somme_moyennes)::double / moyennes.nb_ancres
    )::decimal(14, 12) as a
from notes
join groupes using (candidat)
left join moyennes on moyennes.profil = groupes.profil and moyennes.id_analyse = notes.id_analyse
left join propres on propres.candidat = notes.candidat and propres.id_unite = notes.id_unite
