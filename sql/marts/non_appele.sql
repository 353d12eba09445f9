-- Grain : une ligne par candidat refusé au premier groupe, non appelé au contrôle et qui en est proche
--
-- Proche : moyenne générale à moins d'un demi-point du seuil d'appel (7,50 à 8) ; ou appelable par
-- elle et moyenne professionnelle à moins d'un demi-point du sien (9,50 à 10) ; ou conditions
-- remplies, mais un autre motif. Sessions du contrôle permanent.
with

decisions as (
    select *
    from intermediate.decision_calculee
    join reference.regime using (session)
    where est_calculable and controle = 'permanent'
),

resultats as (select * from marts.resultat_candidat where not est_appele),

proches as (

    select
        *,
        case
            when points_dm >= admission_c * coefficients_c then null
            when regle = 'controle' then 'decision_jury'
            when regle in ('refus_progressive', 'refus_sans_professionnelle') then regle
            when points_dm >= (appel_c - 50) * coefficients_c
                and points_dm < appel_c * coefficients_c
                then 'generale_7_50'
            when points_dm >= appel_c * coefficients_c
                and points_professionnels_dm
                    >= (professionnelle_c - 50) * coefficients_professionnels_c
                and points_professionnels_dm < professionnelle_c * coefficients_professionnels_c
                then 'professionnelle_9_50'
        end as raison
    from decisions

)

select
    resultats.session,
    resultats.specialite,
    resultats.numero_candidat,
    resultats.academie,
    resultats.uai,
    resultats.etablissement,
    resultats.centre_ecrit,
    resultats.moyenne_generale,
    resultats.moyenne_professionnelle,
    proches.raison,
    case proches.raison
        when 'decision_jury' then 'le jury n''a pas retenu l''appel au contrôle'
        when 'refus_progressive'
            then 'la forme progressive n''ouvre pas le contrôle dans cette session'
        when 'refus_sans_professionnelle'
            then 'aucune moyenne professionnelle : toutes ses épreuves sont dispensées'
        when 'generale_7_50'
            then 'moyenne générale sous ' || proches.appel || if(
                proches.points_professionnels_dm
                < proches.professionnelle_c * proches.coefficients_professionnels_c,
                ' et moyenne professionnelle sous ' || proches.professionnelle, ''
            )
        else 'moyenne professionnelle sous ' || proches.professionnelle
    end as motif,
    -- Points coefficientés qui manquent pour être appelé.
    cast(
        greatest(0, proches.appel_c * proches.coefficients_c - proches.points_dm)
        * cast(0.0001 as decimal(5, 4)) as decimal(12, 4)
    ) as points_manquants_generale_8,
    cast(
        greatest(
            0,
            proches.professionnelle_c * proches.coefficients_professionnels_c
            - proches.points_professionnels_dm
        ) * cast(0.0001 as decimal(5, 4)) as decimal(12, 4)
    ) as points_manquants_professionnelle_10,
    resultats.decision_finale,
    resultats.a_verifier

from proches
join resultats using (numero_candidat, specialite, session)
where
    proches.raison is not null
    and coalesce(resultats.decision_jury, resultats.decision_calculee) = 'REFUSE'
order by resultats.session, resultats.specialite, resultats.numero_candidat
