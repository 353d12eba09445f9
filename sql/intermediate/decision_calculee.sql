-- Grain : une ligne par candidat, spécialité et session
--
-- Proposition au jury pour le premier groupe, dans l'ordre des règles ; la première qui s'applique
-- décide. Les seuils de la session (reference.regime, en centièmes) se comparent exactement :
-- seuil × coefficients <= points s'écrit seuil_c × coefficients_c <= points_dm.
with

points as (select * from intermediate.points_candidat),

parametres as (select controle_forme_progressive from reference.parametre),

seuils as (

    select
        points.*,
        regimes.controle,
        regimes.admission_c,
        regimes.appel_c,
        points.coefficients_c > 0 as a_une_moyenne,
        points.points_dm >= regimes.admission_c * points.coefficients_c as est_admissible,
        points.points_dm >= regimes.appel_c * points.coefficients_c as est_generale_suffisante,
        points.coefficients_professionnels_c > 0 as a_une_moyenne_professionnelle,
        points.coefficients_professionnels_c > 0
        and points.points_professionnels_dm
            >= regimes.professionnelle_c * points.coefficients_professionnels_c
            as est_professionnelle_suffisante,
        points.forme is not distinct from 'PROGRESSIVE' as est_progressive,
        coalesce(parametres.controle_forme_progressive, true) as controle_forme_progressive,
        -- Ce que feraient 0 ou 20 (2000 centièmes) aux notes attendues ; les facultatives ne sont pas attendues.
        greatest(0,
            regimes.professionnelle_c * points.coefficients_professionnels_c
            - points.points_professionnels_dm
        ) as points_a_gagner_professionnels_dm,
        2000 * points.coefficients_attendus_c as points_attendus_dm,
        2000 * points.coefficients_professionnels_attendus_c as points_attendus_professionnels_dm

    from points
    join reference.regime as regimes using (session)
    cross join parametres

),

regles as (

    select
        *,
        case
            when nb_fraudes > 0 then 'fraude'
            when nb_absences_non_justifiees > 0 then 'absence_non_justifiee'
            when nb_non_valides > 0 then 'non_valide'
            when nb_manquantes > 0 and est_progressive then 'forme_progressive'
            when nb_manquantes > 0 then 'note_manquante'
            when not a_une_moyenne then 'aucune_moyenne'
            when est_admissible then 'moyenne_10'
            when controle = 'exceptionnel' then 'controle_2021'
            when controle = 'aucun' then 'refus_sans_controle'
            when not est_generale_suffisante then 'refus_sous_8'
            when not a_une_moyenne_professionnelle then 'refus_sans_professionnelle'
            when not est_professionnelle_suffisante then 'refus_professionnelle'
            when est_progressive and not controle_forme_progressive then 'refus_progressive'
            else 'controle'
        end as regle
    from seuils

)

select
    numero_candidat,
    specialite,
    session,
    regle,
    mots.decision as decision_calculee,
    mots.decision in ('ADMIS', 'CONTROLE', 'REFUSE') as est_calculable,
    coefficients_c,
    points_dm,
    points_facultatifs_dm,
    coefficients_professionnels_c,
    points_professionnels_dm,
    greatest(0, admission_c * coefficients_c - points_dm) as points_manquants_dm,
    -- Arrondi au centième, moitié au-dessus, sans division décimale.
    case when a_une_moyenne then (2 * points_dm + coefficients_c) // (2 * coefficients_c) end
        as moyenne_generale_c,
    case
        when a_une_moyenne_professionnelle
            then (2 * points_professionnels_dm + coefficients_professionnels_c)
                // (2 * coefficients_professionnels_c)
    end as moyenne_professionnelle_c,
    nb_absences,
    est_present,
    est_provisoire,
    -- Des notes possibles aux épreuves attendues mettent-elles la moyenne entre les deux seuils, et la professionnelle au sien ?
    case
        when regle <> 'note_manquante' then null
        when controle = 'aucun' then false
        when controle = 'exceptionnel' then points_dm < admission_c * coefficients_c
        else
            a_une_moyenne_professionnelle
            and points_a_gagner_professionnels_dm <= points_attendus_professionnels_dm
            and points_dm + points_a_gagner_professionnels_dm < admission_c * coefficients_c
            and points_dm + points_attendus_dm >= appel_c * coefficients_c
    end as peut_etre_appele

from regles
join reference.regle_decision as mots using (session, regle)
