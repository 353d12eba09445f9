-- Grain : une ligne par candidat, spécialité et session
with

candidats as (select * from staging.candidat),

decisions as (select * from intermediate.decision_calculee),

motifs as (select * from intermediate.motif_candidat),

jury as (select * from intermediate.decision_jury),

issues as (select * from intermediate.issue_controle),

verifications as (select * from intermediate.verification_candidat),

-- 0,0001 et 0,01 en décimal : une division rendrait un nombre à virgule flottante.
unites as (

    select
        cast(0.01 as decimal(3, 2)) as centieme,
        cast(0.0001 as decimal(5, 4)) as dix_millieme

)

select
    candidats.session,
    candidats.specialite,
    candidats.numero_candidat,
    candidats.academie,
    candidats.uai,
    candidats.etablissement,
    candidats.centre_ecrit,
    candidats.statut,
    candidats.forme,
    candidats.sexe,
    case
        when decisions.est_calculable
            then cast(decisions.points_dm * unites.dix_millieme as decimal(12, 4))
    end as points,
    cast(decisions.coefficients_c * unites.centieme as decimal(8, 2)) as coefficients,
    case
        when decisions.est_calculable
            then cast(decisions.moyenne_generale_c * unites.centieme as decimal(5, 2))
    end as moyenne_generale,
    case
        when decisions.est_calculable
            then cast(decisions.moyenne_professionnelle_c * unites.centieme as decimal(5, 2))
    end as moyenne_professionnelle,
    decisions.decision_calculee,
    jury.decision_premier_groupe as decision_jury,
    jury.decision_controle as decision_jury_controle,
    issues.decision_apres_controle,
    coalesce(
        jury.decision_controle,
        issues.decision_apres_controle,
        jury.decision_premier_groupe,
        decisions.decision_calculee
    ) as decision_finale,
    decisions.regle,
    motifs.article || if(jury.numero_candidat is not null, ' ; CE D643-26', '') as article,
    -- Ce qui décide vient en premier : le jury, puis la proposition.
    coalesce(
        'Décision du jury après contrôle : ' || jury.decision_controle
        || coalesce(' (' || jury.motif_controle || ')', '') || ' ; ', ''
    )
    || coalesce(
        'Décision du jury au premier groupe : ' || jury.decision_premier_groupe
        || coalesce(' (' || jury.motif_premier_groupe || ')', '') || ' ; ', ''
    )
    || if(
        jury.numero_candidat is not null,
        'proposition calculée : ' || lower(motifs.motif_premier_groupe[1])
        || motifs.motif_premier_groupe[2:],
        motifs.motif_premier_groupe
    )
    || case
        when issues.est_passe
            then format(
                ' ; après contrôle ({}), gain de {} {}, moyenne {} : {}',
                coalesce(
                    nullif(array_to_string(issues.epreuves_passees, ' et '), ''),
                    'absent à ' || issues.epreuves_sans_note
                ),
                replace(
                    cast(issues.gain_obtenu_dm * unites.dix_millieme as decimal(12, 2))::varchar,
                    '.', ','
                ),
                if(issues.gain_obtenu_dm < 20000, 'point', 'points'),
                replace(
                    cast(issues.moyenne_finale_c * unites.centieme as decimal(5, 2))::varchar,
                    '.', ','
                ),
                if(issues.decision_apres_controle = 'ADMIS', 'admis', 'refusé')
            )
        else ''
    end
    || coalesce(' ; note de contrôle rejetée à ' || issues.epreuves_rejetees, '')
    || ' (' || motifs.article
    || if(jury.numero_candidat is not null, ' ; décision du jury : CE D643-26', '')
    || ').' as motif,
    case
        when decisions.est_calculable
            then cast(decisions.points_manquants_dm * unites.dix_millieme as decimal(12, 4))
    end as points_manquants,
    verifications.raisons_verification is not null as a_verifier,
    coalesce(verifications.raisons_verification, []) as raisons_verification,
    decisions.est_provisoire,
    decisions.est_present,
    issues.numero_candidat is not null as est_appele,
    decisions.nb_absences,
    case
        when decisions.est_calculable
            then cast(decisions.points_facultatifs_dm * unites.dix_millieme as decimal(12, 4))
    end as points_facultatifs,
    case
        when decisions.est_calculable
            then cast(decisions.points_professionnels_dm * unites.dix_millieme as decimal(12, 4))
    end as points_professionnels,
    cast(decisions.coefficients_professionnels_c * unites.centieme as decimal(8, 2))
        as coefficients_professionnels,
    cast(issues.gain_obtenu_dm * unites.dix_millieme as decimal(12, 4)) as points_controle,
    cast(issues.moyenne_finale_c * unites.centieme as decimal(5, 2)) as moyenne_finale,
    decisions.peut_etre_appele

from candidats
cross join unites
join decisions using (numero_candidat, specialite, session)
join motifs using (numero_candidat, specialite, session)
left join jury using (numero_candidat, specialite, session)
left join issues using (numero_candidat, specialite, session)
left join verifications using (numero_candidat, specialite, session)
order by candidats.session, candidats.specialite, candidats.numero_candidat
