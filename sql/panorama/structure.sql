-- Grain : une ligne par session qui suit une autre
-- Kitagawa (1955) : le changement du taux d'ensemble, entre les spécialités présentes les deux fois,
-- est la somme d'un effet des taux (à structure moyenne) et d'un effet de structure (à taux moyens).
with

groupes as (

    select groupe, session, presents_publies as presents, admis
    from taux
    -- Une session dont des décisions du contrôle sont attendues ne se compare pas à une autre.
    where angle = 'specialite' and presents_publies > 0 and admis is not null and nb_en_attente = 0

),

sessions as (

    select session, lag(session) over (order by session) as session_avant
    from (select distinct session from groupes)

),

paires as (

    select
        s.session,
        s.session_avant,
        apres.groupe,
        avant.presents as presents_avant,
        avant.admis as admis_avant,
        avant.admis / avant.presents as taux_avant,
        apres.presents as presents_apres,
        apres.admis as admis_apres,
        apres.admis / apres.presents as taux_apres
    from sessions as s
    join groupes as apres on apres.session = s.session
    join groupes as avant on avant.session = s.session_avant and avant.groupe = apres.groupe

),

parts as (

    select
        *,
        presents_avant / sum(presents_avant) over (partition by session) as part_avant,
        presents_apres / sum(presents_apres) over (partition by session) as part_apres
    from paires

)

select
    session,
    session_avant,
    count(*) as nb_specialites,
    sum(presents_avant)::bigint as presents_avant,
    sum(admis_avant)::bigint as admis_avant,
    sum(presents_apres)::bigint as presents_apres,
    sum(admis_apres)::bigint as admis_apres,
    sum(part_avant * taux_avant) as taux_avant,
    sum(part_apres * taux_apres) as taux_apres,
    sum(part_apres * taux_apres) - sum(part_avant * taux_avant) as changement,
    sum((taux_apres - taux_avant) * (part_avant + part_apres) / 2) as effet_taux,
    sum((part_apres - part_avant) * (taux_avant + taux_apres) / 2) as effet_structure
from parts
group by all
order by all
