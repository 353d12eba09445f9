-- Grain : une ligne par session, spécialité, maille (bac_origine, annee_naissance) et modalité
--
-- Les colonnes facultatives de la liste des candidats, quand elle les a.
with

profils as (

    select
        numero_candidat,
        specialite,
        session,
        bac_origine,
        cast(year(date_naissance) as varchar) as annee_naissance
    from staging.candidat

),

resultats as (select * from marts.resultat_candidat),

mailles as (

    select
        session,
        specialite,
        moyenne_generale,
        decision_finale,
        est_present,
        unnest([
            {maille: 'bac_origine', modalite: profils.bac_origine},
            {maille: 'annee_naissance', modalite: profils.annee_naissance}
        ], recursive := true)
    from resultats
    join profils using (numero_candidat, specialite, session)

),

groupes as (

    select
        session,
        specialite,
        maille,
        modalite,
        count(*) as inscrits,
        count(*) filter (where est_present) as presents,
        count(*) filter (where decision_finale = 'ADMIS') as admis,
        count(moyenne_generale) as nb_moyennes,
        avg(moyenne_generale) as moyenne_generale
    from mailles
    group by all

)

select * replace (coalesce(modalite, 'NON RENSEIGNE') as modalite)
from groupes
-- Une colonne vide pour tous n'a pas été donnée.
qualify max(modalite) over (partition by session, specialite, maille) is not null
order by session, specialite, maille, modalite
