-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité et unité
-- Le CCF en regard du ponctuel, en notes sur 20 : sommes sur les candidats qui ont une ancre, chacun comptant pour la moyenne
-- des siennes. Une épreuve n'est jamais sa propre ancre : la note d'un candidat y est de CCF ou ponctuelle, non les deux.
with
notes as (select * from intermediate.harmonisation_note where type_unite = 'etablissement'),

ponctuel as (
    select session, specialite, numero_candidat, avg(note)::decimal(14, 12) as moyenne
    from intermediate.harmonisation_ancre
    group by all
)

select
    session, specialite, epreuve, etape, type_unite, unite,
    count(*) as n,
    sum(note)::double as somme_ccf,
    sum(moyenne)::double as somme_ancres
from notes
join ponctuel using (session, specialite, numero_candidat)
group by all
