-- Grain : une ligne par session, spécialité, maille et modalité
with

resultats as (select * from marts.resultat_candidat),

mailles as (

    select
        session,
        specialite,
        moyenne_generale,
        decision_finale,
        est_present,
        est_appele,
        unnest([
            {maille: 'total', modalite: 'total', libelle: 'Ensemble'},
            {maille: 'academie', modalite: academie, libelle: academie},
            {
                maille: 'etablissement',
                modalite: coalesce(uai, etablissement),
                libelle: coalesce(etablissement, uai)
            },
            {maille: 'centre_ecrit', modalite: centre_ecrit, libelle: centre_ecrit},
            {maille: 'statut', modalite: statut, libelle: statut},
            {maille: 'sexe', modalite: sexe, libelle: sexe},
            {maille: 'forme', modalite: forme, libelle: forme}
        ], recursive := true)
    from resultats

),

effectifs as (

    select
        session,
        specialite,
        maille,
        coalesce(modalite, 'NON RENSEIGNE') as modalite,
        coalesce(min(libelle), 'Non renseigné') as libelle,
        count(*) as inscrits,
        count(*) filter (where est_present) as presents,
        count(*) filter (where decision_finale = 'ADMIS') as admis,
        count(*) filter (where decision_finale = 'ADMIS' and est_appele) as admis_controle,
        count(*) filter (where decision_finale = 'ADMIS' and not est_present)
            as admis_non_presents,
        count(*) filter (where est_appele) as appeles,
        count(*) filter (where decision_finale = 'CONTROLE') as controle,
        count(*) filter (where decision_finale = 'REFUSE') as refuses,
        count(*) filter (where decision_finale = 'ELIMINE') as elimines,
        count(*) filter (where decision_finale in ('INCOMPLET', 'EN_COURS')) as incomplets,
        avg(moyenne_generale) as moyenne_generale
    from mailles
    group by all

)

select
    session,
    specialite,
    maille,
    modalite,
    libelle,
    inscrits,
    presents,
    admis,
    admis_controle,
    admis_non_presents,
    appeles,
    controle,
    refuses,
    elimines,
    incomplets,
    case when presents > 0 then admis / presents end as taux_reussite,
    moyenne_generale

from effectifs
order by session, specialite, maille, modalite
