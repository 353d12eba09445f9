-- Grain : une ligne par candidat, spécialité et session
--
-- La règle qui décide au premier groupe, son article et une phrase, dans les mots de
-- reference.regle_decision.
with

decisions as (select * from intermediate.decision_calculee),

incidents as (select * from intermediate.incident_candidat),

moyennes as (

    select
        decisions.*,
        replace(format('{:.2f}', moyenne_generale_c / 100), '.', ',')
        || if(
            points_dm < admission_c * coefficients_c and moyenne_generale_c = admission_c
            or points_dm < appel_c * coefficients_c and moyenne_generale_c = appel_c,
            ' (arrondie ; exactement un peu moins)', ''
        ) as generale,
        replace(format('{:.2f}', moyenne_professionnelle_c / 100), '.', ',')
        || if(
            points_professionnels_dm < professionnelle_c * coefficients_professionnels_c
            and moyenne_professionnelle_c = professionnelle_c,
            ' (arrondie ; exactement un peu moins)', ''
        ) as moyenne_pro
    from decisions
    join reference.regime using (session)

)

select
    moyennes.numero_candidat,
    moyennes.specialite,
    moyennes.session,
    mots.article,
    -- Ce que la règle ne nomme pas n'est pas dans sa phrase : sa valeur peut manquer.
    replace(replace(replace(replace(replace(replace(
        mots.motif,
        '{generale}', coalesce(moyennes.generale, '')),
        '{moyenne_pro}', coalesce(moyennes.moyenne_pro, '')),
        '{absences}', coalesce(incidents.epreuves_absence, '')),
        '{non_valides}', coalesce(incidents.epreuves_non_valides, '')),
        '{fraudes}', coalesce(incidents.epreuves_fraude, '')),
        '{sans_note}', coalesce(', sans note à ' || incidents.epreuves_sans_note, ''))
    || coalesce(', note rejetée à ' || incidents.epreuves_rejetees, '') as motif_premier_groupe

from moyennes
join reference.regle_decision as mots using (session, regle)
left join incidents using (numero_candidat, specialite, session)
