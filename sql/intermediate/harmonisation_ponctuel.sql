-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité et unité
-- Le CCF en regard du ponctuel, en notes sur 20 : sommes sur les candidats qui ont une ancre, chacun comptant pour la moyenne
-- des siennes. Une épreuve n'est jamais sa propre ancre : la note d'un candidat y est de CCF ou ponctuelle, non les deux.
with
unites as (select * from intermediate.harmonisation_numero where type_unite = 'etablissement'),

notes as (select * from intermediate.harmonisation_notation),

ponctuel as (
    select candidat, (somme_ancres::double / nb_ancres)::decimal(14, 12) as moyenne
    from intermediate.harmonisation_groupe
    where nb_ancres > 0
),

sommes as (
    select
        id_unite,
        count(*) as n,
        sum(note)::double as somme_ccf,
        sum(moyenne)::double as somme_ancres
    from notes
    join ponctuel using (candidat)
    semi join unites using (id_unite)
    group by id_unite
)

select unites.* exclude (id_unite, id_analyse), sommes.* exclude (id_unite)
from sommes
join unites using (id_unite)
