-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité, ancre et commission de l'ancre (NULL si inconnue)
-- Les liens du graphe : deux unités se comparent si une chaîne de candidats notés ensemble sur une ancre les relie.
with
scores as (select * from intermediate.harmonisation_score)

select
    session, specialite, epreuve, etape, type_unite, unite, ancre, commission_ancre,
    count(*) as n
from scores
group by all
