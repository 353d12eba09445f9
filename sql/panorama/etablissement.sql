-- Grain : une ligne par établissement vu dans plusieurs spécialités ou sessions
-- Attendus : ses présents au taux des autres établissements du même dossier, spécialité et session.
with

cellules as (

    select
        e.dossier,
        e.session,
        e.specialite,
        e.modalite,
        e.libelle,
        e.presents,
        e.admis,
        t.presents - e.presents as autres,
        (t.admis - e.admis) / nullif(t.presents - e.presents, 0) as taux_autres
    from reussite as e
    join reussite as t
        on
            t.maille = 'total' and t.dossier = e.dossier and t.session = e.session
            and t.specialite = e.specialite
    where
        e.maille = 'etablissement' and e.modalite <> 'NON RENSEIGNE' and e.presents > 0
        -- Appelés au contrôle sans décision encore : ils compteraient comme refusés.
        and t.controle = 0

),

comparees as (select * from cellules where taux_autres between 0 and 1)

select
    modalite as etablissement,
    min(libelle) as libelle,
    count(distinct specialite) as nb_specialites,
    count(distinct session) as nb_sessions,
    count(*) as nb_resultats,
    count(*) filter (where admis > presents * taux_autres) as nb_au_dessus,
    sum(presents)::bigint as presents,
    sum(admis)::bigint as admis,
    sum(presents * taux_autres) as attendus,
    -- Of what chance alone makes of these candidates, and of the rate of the others.
    sum(presents * taux_autres * (1 - taux_autres) * (1 + presents / autres)) as variance
from comparees
group by modalite
having count(distinct row(specialite, session)) > 1
order by all
