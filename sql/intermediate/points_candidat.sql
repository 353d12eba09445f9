-- Grain : une ligne par candidat, spécialité et session
--
-- Points en dix-millièmes (_dm), coefficients en centièmes (_c) : tout seuil se compare en entiers.
with

candidats as (select * from staging.candidat),

notes as (select * from intermediate.note_retenue),

obligatoires as (

    select
        numero_candidat,
        specialite,
        session,
        cast(sum(coefficient_c) filter (where not est_dispensee) as bigint) as coefficients_c,
        cast(sum(points_dm) as bigint) as points_dm,
        cast(sum(coefficient_c) filter (where domaine = 'professionnel' and not est_dispensee)
            as bigint) as coefficients_professionnels_c,
        cast(sum(points_dm) filter (where domaine = 'professionnel') as bigint)
            as points_professionnels_dm,
        count(*) filter (where code = 'AB') as nb_absences_non_justifiees,
        count(*) filter (where code in ('AB', 'AJ')) as nb_absences,
        count(*) filter (where code = 'NV') as nb_non_valides,
        count(*) filter (where note is null and code is null) as nb_manquantes,
        cast(sum(coefficient_c) filter (where note is null and code is null) as bigint)
            as coefficients_attendus_c,
        cast(sum(coefficient_c) filter (
            where domaine = 'professionnel' and note is null and code is null
        ) as bigint) as coefficients_professionnels_attendus_c,
        bool_or((note is not null and not est_conservee) or code is not distinct from 'NV')
            as est_present
    from notes
    where not est_facultative
    group by all

),

facultatives as (

    select
        numero_candidat,
        specialite,
        session,
        cast(sum(points_dm) as bigint) as points_facultatifs_dm
    from notes
    where est_facultative
    group by all

),

ensemble as (

    select
        numero_candidat,
        specialite,
        session,
        bool_or(provisoire) as est_provisoire,
        -- Une fraude retient le résultat, fût-elle relevée à une épreuve facultative.
        count(*) filter (where code = 'FR') as nb_fraudes
    from notes
    group by all

)

select
    candidats.numero_candidat,
    candidats.specialite,
    candidats.session,
    candidats.forme,
    coalesce(obligatoires.coefficients_c, 0) as coefficients_c,
    coalesce(obligatoires.points_dm, 0) + coalesce(facultatives.points_facultatifs_dm, 0)
        as points_dm,
    coalesce(facultatives.points_facultatifs_dm, 0) as points_facultatifs_dm,
    coalesce(obligatoires.coefficients_professionnels_c, 0) as coefficients_professionnels_c,
    coalesce(obligatoires.points_professionnels_dm, 0) as points_professionnels_dm,
    coalesce(obligatoires.nb_absences_non_justifiees, 0) as nb_absences_non_justifiees,
    coalesce(obligatoires.nb_absences, 0) as nb_absences,
    coalesce(obligatoires.nb_non_valides, 0) as nb_non_valides,
    coalesce(obligatoires.nb_manquantes, 0) as nb_manquantes,
    coalesce(obligatoires.coefficients_attendus_c, 0) as coefficients_attendus_c,
    coalesce(obligatoires.coefficients_professionnels_attendus_c, 0)
        as coefficients_professionnels_attendus_c,
    coalesce(ensemble.nb_fraudes, 0) as nb_fraudes,
    coalesce(obligatoires.est_present, false) as est_present,
    coalesce(ensemble.est_provisoire, false) as est_provisoire

from candidats
left join obligatoires using (numero_candidat, specialite, session)
left join facultatives using (numero_candidat, specialite, session)
left join ensemble using (numero_candidat, specialite, session)
