-- Grain : une ligne par candidat dont le résultat est à vérifier
--
-- Les moyennes à moins de 0,005 sous un seuil sont signalées : l'arrondi du système du ministère
-- n'est pas connu. Écrit en entiers : (seuil − 0,005) × coefficients <= points devient
-- (2 × seuil_c − 1) × coefficients_c <= 2 × points_dm.
with

decisions as (select * from intermediate.decision_calculee),

jury as (select * from intermediate.decision_jury),

incidents as (select * from intermediate.incident_candidat),

issues as (select * from intermediate.issue_controle),

controles_sans_appel as (

    select
        numero_candidat,
        specialite,
        session,
        string_agg(epreuve, ', ' order by epreuve) as epreuves
    from intermediate.note_controle
    anti join intermediate.appel_controle using (numero_candidat, specialite, session)
    where note is not null
    group by all

),

rejets_sans_epreuve as (

    select
        numero_candidat,
        specialite,
        session,
        string_agg(distinct format('{}, ligne {}', fichier, ligne), ' ; '
            order by format('{}, ligne {}', fichier, ligne)) as lignes
    from intermediate.rejet_candidat_note as rejets
    where
        portee = 'sans_epreuve'
        or (portee = 'premier_groupe' and not a_la_cle)
    group by all

),

-- Une langue se compare sans casse ni accents.
langues as (

    select
        *,
        lower(strip_accents(trim(langue))) as langue_pliee
    from intermediate.note_retenue
    where est_langue and langue is not null and note is not null

),

facultatives_a_voir as (

    select
        facultatives.numero_candidat,
        facultatives.specialite,
        facultatives.session,
        string_agg(distinct facultatives.epreuve || ' (' || facultatives.langue || ')', ', ') as epreuves
    from langues as facultatives
    join langues as obligatoires using (numero_candidat, specialite, session, langue_pliee)
    where facultatives.est_facultative and not obligatoires.est_facultative
    group by all

),

suites_d_absence as (

    select
        suites.numero_candidat,
        suites.specialite,
        suites.session,
        string_agg(suites.epreuve || ', à la suite de ' || absentes.epreuve, ' ; '
            order by suites.rang) as epreuves
    from intermediate.note_retenue as suites
    join intermediate.note_retenue as absentes
        on suites.numero_candidat = absentes.numero_candidat
        and suites.specialite = absentes.specialite
        and suites.session = absentes.session
        and suites.a_la_suite_de in (absentes.epreuve, absentes.epreuve_groupe)
    where suites.est_facultative and suites.note is not null and absentes.code = 'AB'
    group by all

),

decisions_rejetees as (

    select distinct
        candidats.numero_candidat,
        candidats.specialite,
        candidats.session
    from staging.rejet_decision_jury as rejets
    join staging.candidat as candidats on rejets.numero_candidat = candidats.numero_candidat
    where rejets.regle <> 'doublon'

),

limites as (

    select
        numero_candidat,
        specialite,
        session,
        string_agg(distinct limite, ' ; ' order by limite) as limites
    from intermediate.limite_jury
    group by all

),

conservees_a_voir as (

    select
        numero_candidat,
        specialite,
        session,
        string_agg(distinct probleme, ' ; ' order by probleme) as raisons
    from intermediate.note_conservee
    where probleme is not null
    group by all

),

alertes as (

    select
        *,
        'entre ' || replace(format('{:.3f}', admission_c / 100 - 0.005), '.', ',') || ' et '
        || admission || ' (arrondie, elle s''affiche '
        || replace(format('{:.2f}', admission_c / 100), '.', ',') || ')' as alerte_admission,
        'entre ' || replace(format('{:.3f}', appel_c / 100 - 0.005), '.', ',') || ' et '
        || appel || ' (arrondie, elle s''affiche '
        || replace(format('{:.2f}', appel_c / 100), '.', ',') || ')' as alerte_appel,
        'entre ' || replace(format('{:.3f}', professionnelle_c / 100 - 0.005), '.', ',') || ' et '
        || professionnelle || ' (arrondie, elle s''affiche '
        || replace(format('{:.2f}', professionnelle_c / 100), '.', ',') || ')'
            as alerte_professionnelle
    from reference.regime

),

raisons as (

    select
        decisions.numero_candidat,
        decisions.specialite,
        decisions.session,
        [
            case
                when decisions.est_calculable
                    and 2 * decisions.points_dm
                        >= (2 * regimes.admission_c - 1) * decisions.coefficients_c
                    and decisions.points_dm < regimes.admission_c * decisions.coefficients_c
                    then 'moyenne générale ' || regimes.alerte_admission
            end,
            case
                when decisions.est_calculable
                    and regimes.controle = 'permanent'
                    and 2 * decisions.points_dm
                        >= (2 * regimes.appel_c - 1) * decisions.coefficients_c
                    and decisions.points_dm < regimes.appel_c * decisions.coefficients_c
                    then 'moyenne générale ' || regimes.alerte_appel
            end,
            case
                when decisions.est_calculable
                    and regimes.controle = 'permanent'
                    and decisions.points_dm < regimes.admission_c * decisions.coefficients_c
                    and 2 * decisions.points_dm
                        >= (2 * regimes.appel_c - 1) * decisions.coefficients_c
                    and 2 * decisions.points_professionnels_dm
                        >= (2 * regimes.professionnelle_c - 1)
                            * decisions.coefficients_professionnels_c
                    and decisions.points_professionnels_dm
                        < regimes.professionnelle_c * decisions.coefficients_professionnels_c
                    then 'moyenne professionnelle ' || regimes.alerte_professionnelle
            end,
            case
                when issues.est_finale_proche_10
                    then 'moyenne après contrôle ' || regimes.alerte_admission
            end,
            case
                when decisions.regle = 'aucune_moyenne'
                    then 'dispense de toutes les épreuves obligatoires : aucune moyenne'
            end,
            case
                when decisions.regle = 'refus_sans_professionnelle'
                    then 'dispense de toutes les épreuves professionnelles : appel au contrôle à décider par le jury'
            end,
            'fraude (FR) à ' || incidents.epreuves_fraude || ' : le résultat est retenu',
            'fraude (FR) au contrôle à ' || issues.epreuves_fraude || ' : le résultat est retenu',
            'décision que le texte n''ouvre pas au jury : ' || limites.limites,
            'note conservée : ' || conservees_a_voir.raisons,
            'note rejetée à ' || incidents.epreuves_rejetees,
            'NV sous réserve à ' || incidents.epreuves_sous_reserve,
            'note conservée et note de la session à la fois à ' || incidents.epreuves_contradictoires,
            'note rejetée qui peut concerner ce candidat : ' || rejets_sans_epreuve.lignes,
            'note de contrôle rejetée à ' || issues.epreuves_rejetees,
            'note de contrôle à une épreuve qui ne pouvait pas être choisie : '
            || issues.epreuves_impossibles,
            'note de contrôle (' || controles_sans_appel.epreuves || ') d''un candidat non appelé',
            case
                when issues.nb_passees > regimes.epreuves_au_controle
                    then 'plus de deux notes de contrôle : les deux meilleures sont comptées'
            end,
            case
                when issues.nb_langues_passees > 1
                    then 'deux oraux de langue au contrôle : le meilleur seul est compté'
            end,
            'épreuve facultative dans la langue de l''épreuve obligatoire : '
            || facultatives_a_voir.epreuves,
            'épreuve facultative après une absence (AB) : ' || suites_d_absence.epreuves,
            case
                when issues.numero_candidat is not null and issues.nb_passees = 0
                    then 'sans note à une épreuve de contrôle ('
                        || issues.epreuves_sans_note || ') : le jury conclut'
            end,
            case
                when issues.numero_candidat is not null and not issues.est_calculable
                    then 'appelé au contrôle par le jury sans moyenne calculée'
            end,
            case
                when issues.numero_candidat is not null and regimes.controle = 'aucun'
                    then 'appelé au contrôle par le jury, qui n''existe pas avant la session '
                        || regimes.ouverture
            end,
            case
                when coalesce(jury.decision_controle, jury.decision_premier_groupe) = 'REFUSE'
                    and not jury.est_livret_regle
                    then 'refus du jury sans mention du livret scolaire examiné (CE D643-26)'
            end,
            case
                when decisions_rejetees.numero_candidat is not null
                    then 'décision du jury rejetée à l''import'
            end
        ] as raisons_possibles

    from decisions
    join alertes as regimes using (session)
    left join incidents using (numero_candidat, specialite, session)
    left join jury using (numero_candidat, specialite, session)
    left join issues using (numero_candidat, specialite, session)
    left join controles_sans_appel using (numero_candidat, specialite, session)
    left join rejets_sans_epreuve using (numero_candidat, specialite, session)
    left join decisions_rejetees using (numero_candidat, specialite, session)
    left join limites using (numero_candidat, specialite, session)
    left join conservees_a_voir using (numero_candidat, specialite, session)
    left join facultatives_a_voir using (numero_candidat, specialite, session)
    left join suites_d_absence using (numero_candidat, specialite, session)

)

select
    numero_candidat,
    specialite,
    session,
    list_filter(raisons_possibles, lambda raison: raison is not null) as raisons_verification

from raisons
where len(list_filter(raisons_possibles, lambda raison: raison is not null)) > 0
