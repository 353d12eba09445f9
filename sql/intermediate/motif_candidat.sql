-- Grain : une ligne par candidat, spécialité et session
--
-- La règle qui décide au premier groupe, son article et une phrase.
with

decisions as (select * from intermediate.decision_calculee),

incidents as (select * from intermediate.incident_candidat),

moyennes as (

    select
        *,
        replace(format('{:.2f}', moyenne_generale_c / 100), '.', ',')
        || if(
            points_dm < 1000 * coefficients_c and moyenne_generale_c = 1000
            or points_dm < 800 * coefficients_c and moyenne_generale_c = 800,
            ' (arrondie ; exactement un peu moins)', ''
        ) as generale,
        replace(format('{:.2f}', moyenne_professionnelle_c / 100), '.', ',')
        || if(
            points_professionnels_dm < 1000 * coefficients_professionnels_c
            and moyenne_professionnelle_c = 1000,
            ' (arrondie ; exactement un peu moins)', ''
        ) as professionnelle
    from decisions

)

select
    moyennes.numero_candidat,
    moyennes.specialite,
    moyennes.session,
    case moyennes.regle
        when 'absence_non_justifiee' then 'circulaire de session'
        when 'non_valide' then 'circulaire de session'
        when 'forme_progressive' then 'CE D643-23'
        when 'note_manquante' then 'CE D643-22'
        when 'aucune_moyenne' then 'CE D643-22'
        when 'moyenne_10' then 'CE D643-22'
        when 'controle' then 'CE D643-15 et D643-22'
        when 'controle_2021' then 'mesures exceptionnelles de la session 2021'
        when 'refus_sans_controle' then 'CE D643-22'
        else 'CE D643-15 et D643-22'
    end as article,
    case moyennes.regle
        when 'absence_non_justifiee'
            then format('Éliminé, absence non justifiée à {}', incidents.epreuves_absence)
        when 'non_valide'
            then format('Éliminé, épreuve non validée (NV) à {}', incidents.epreuves_non_valides)
        when 'forme_progressive'
            then 'En cours, forme progressive'
                || coalesce(', sans note à ' || incidents.epreuves_sans_note, '')
        when 'note_manquante'
            then 'Incomplet' || coalesce(', sans note à ' || incidents.epreuves_sans_note, '')
        when 'aucune_moyenne'
            then 'Incomplet, dispense de toutes les épreuves obligatoires, donc aucune moyenne'
        when 'moyenne_10'
            then format('Admis, moyenne générale {} (au moins 10)', moyennes.generale)
        when 'controle'
            then format(
                'Appelé au contrôle, moyenne générale {} (au moins 8 et moins de 10)'
                || ' et moyenne professionnelle {} (au moins 10)',
                moyennes.generale, moyennes.professionnelle
            )
        when 'controle_2021'
            then format(
                'Appelé au contrôle exceptionnel de 2021, moyenne générale {} (moins de 10)'
                || ' sans absence non justifiée',
                moyennes.generale
            )
        when 'refus_sans_controle'
            then format(
                'Refusé, moyenne générale {} (moins de 10), sans contrôle avant la session 2021',
                moyennes.generale
            )
        when 'refus_sous_8'
            then format('Refusé, moyenne générale {} (moins de 8)', moyennes.generale)
        when 'refus_sans_professionnelle'
            then format(
                'Refusé, moyenne générale {} (moins de 10) et aucune moyenne professionnelle,'
                || ' toutes ses épreuves étant dispensées',
                moyennes.generale
            )
        when 'refus_professionnelle'
            then format(
                'Refusé, moyenne générale {} (moins de 10)'
                || ' et moyenne professionnelle {} (moins de 10)',
                moyennes.generale, moyennes.professionnelle
            )
        when 'refus_progressive'
            then format(
                'Refusé, moyenne générale {} (moins de 10) et forme progressive sans accès au'
                || ' contrôle (réglage controle_forme_progressive)',
                moyennes.generale
            )
    end
    || coalesce(', note rejetée à ' || incidents.epreuves_rejetees, '') as motif_premier_groupe

from moyennes
left join incidents using (numero_candidat, specialite, session)
