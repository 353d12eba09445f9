-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité, ancre et commission de l'ancre (NULL si inconnue)
-- Les liens du graphe : deux unités se comparent si une chaîne de candidats notés ensemble sur une ancre les relie.
with
unites as (select * from intermediate.harmonisation_numero),

copies as (
    select groupe, ancre, commission_ancre, count(*) as n
    from intermediate.harmonisation_copie
    join intermediate.harmonisation_groupe using (candidat)
    group by all
),

liens as (
    select id_unite, ancre, commission_ancre, sum(n)::bigint as n
    from copies
    join intermediate.harmonisation_moyenne using (groupe, ancre)
    group by all
)

select session, specialite, epreuve, etape, type_unite, unite, ancre, commission_ancre, n
from liens
join unites using (id_unite)
