-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité, ancre et commission de l'ancre (NULL si inconnue)
-- Les liens du graphe : deux unités se comparent si une chaîne de candidats notés ensemble sur une ancre les relie.
with
unites as (select * from intermediate.harmonisation_numero),

copies as (select * from intermediate.harmonisation_copie),

-- Les candidats dont les mêmes commissions ont corrigé les mêmes ancres ne se comptent qu'une fois par unité, sous le nombre
-- du premier.
commissions as (
    select
        candidat,
        list(id_ancre order by id_ancre) as ancres,
        list(commission_ancre order by id_ancre) as commissions
    from copies
    group by candidat
),

premiers as (select ancres, commissions, min(candidat) as premier from commissions group by all),

effectifs as (
    select id_unite, premier, count(*) as n
    from intermediate.harmonisation_notation
    join commissions using (candidat)
    join premiers
        on premiers.ancres = commissions.ancres and premiers.commissions = commissions.commissions
    group by id_unite, premier
),

liens as (
    select id_unite, ancre, commission_ancre, sum(n)::bigint as n
    from effectifs
    join copies on copies.candidat = effectifs.premier
    group by all
)

select session, specialite, epreuve, etape, type_unite, unite, ancre, commission_ancre, n
from liens
join unites using (id_unite)
where epreuve <> ancre
