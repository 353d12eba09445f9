-- Grain : une ligne par candidat appelé aux épreuves de contrôle
with

appeles as (select * from intermediate.appel_controle),

epreuves as (select * from intermediate.epreuve_controle),

controles as (select * from intermediate.note_controle),

-- Jamais deux oraux de langue : des épreuves de langue possibles, celle qui peut rapporter le plus.
gains as (

    select
        *,
        case
            when est_possible and (not est_langue or row_number() over (
                partition by numero_candidat, specialite, session, est_langue
                order by est_possible desc, gain_maximal_dm desc, rang
            ) = 1) then gain_maximal_dm
        end as gain_cumulable_dm
    from epreuves

),

possibilites as (

    select
        numero_candidat,
        specialite,
        session,
        list(epreuve order by rang) filter (where est_possible) as epreuves_possibles,
        -- Les deux épreuves qui peuvent rapporter le plus.
        cast(
            list_sum(
                (
                    list(gain_cumulable_dm order by gain_cumulable_dm desc)
                        filter (where gain_cumulable_dm is not null)
                )[:max(epreuves_au_controle)]
            ) as bigint
        ) as gain_maximal_dm,
        list(epreuve order by rang) filter (where est_passee) as epreuves_passees,
        count(*) filter (where est_passee) as nb_passees,
        count(*) filter (where est_passee and est_langue) as nb_langues_passees,
        cast(sum(gain_dm) as bigint) as gain_obtenu_dm
    from gains
    join reference.regime using (session)
    group by numero_candidat, specialite, session

),

incidents as (

    select
        controles.numero_candidat,
        controles.specialite,
        controles.session,
        string_agg(controles.epreuve, ', ' order by controles.epreuve)
            filter (where controles.code is not null) as epreuves_sans_note,
        count(*) filter (where controles.code = 'AB') as nb_absences,
        string_agg(controles.epreuve, ', ' order by controles.epreuve)
            filter (where controles.code = 'FR') as epreuves_fraude,
        string_agg(
            format(
                '{} ({}, ligne {}{} : règle {})',
                controles.epreuve,
                controles.fichier,
                coalesce(cast(controles.ligne as varchar), 'inconnue'),
                coalesce(', « ' || controles.valeur_rejetee || ' »', ''),
                controles.regle_rejet
            ), ' ; ' order by controles.epreuve
        ) filter (where controles.est_rejetee) as epreuves_rejetees,
        string_agg(controles.epreuve, ', ' order by controles.epreuve)
            filter (
                where controles.note is not null and regimes.controle = 'permanent'
                and not coalesce(epreuves.est_possible, false)
            )
            as epreuves_impossibles
    from controles
    join reference.regime as regimes using (session)
    left join epreuves
        on controles.numero_candidat = epreuves.numero_candidat
        and controles.specialite = epreuves.specialite
        and controles.session = epreuves.session
        and controles.epreuve = epreuves.epreuve
    group by controles.numero_candidat, controles.specialite, controles.session

),

issues as (

    select
        appeles.*,
        regimes.admission_c,
        -- Dispositif exceptionnel ou pas de contrôle : rien n'est calculé.
        case when appeles.controle = 'permanent' then coalesce(possibilites.epreuves_possibles, []) end
            as epreuves_possibles,
        case when appeles.controle = 'permanent' then coalesce(possibilites.gain_maximal_dm, 0) end
            as gain_maximal_dm,
        coalesce(possibilites.epreuves_passees, []) as epreuves_passees,
        coalesce(possibilites.nb_passees, 0) as nb_passees,
        coalesce(possibilites.nb_langues_passees, 0) as nb_langues_passees,
        coalesce(possibilites.gain_obtenu_dm, 0) as gain_obtenu_dm,
        incidents.epreuves_sans_note,
        incidents.epreuves_fraude,
        incidents.epreuves_rejetees,
        incidents.epreuves_impossibles,
        -- Absent aux deux : aucun gain, comme une absence et une note trop basse ; le jury le voit.
        -- Une fraude retient le résultat.
        appeles.est_issue_calculable
        and incidents.epreuves_fraude is null
        and (
            coalesce(possibilites.nb_passees, 0) > 0
            or coalesce(incidents.nb_absences, 0) >= regimes.epreuves_au_controle
        ) as est_passe

    from appeles
    join reference.regime as regimes using (session)
    left join possibilites using (numero_candidat, specialite, session)
    left join incidents using (numero_candidat, specialite, session)

)

select
    numero_candidat,
    specialite,
    session,
    est_calculable,
    points_manquants_dm,
    epreuves_possibles,
    case when est_calculable then gain_maximal_dm end as gain_maximal_dm,
    case when est_calculable then gain_maximal_dm >= points_manquants_dm end as atteignable,
    epreuves_passees,
    nb_passees,
    nb_langues_passees,
    est_passe,
    case when est_passe then gain_obtenu_dm end as gain_obtenu_dm,
    case when est_passe then points_dm + gain_obtenu_dm end as points_finals_dm,
    case
        when est_passe
            then (2 * (points_dm + gain_obtenu_dm) + coefficients_c) // (2 * coefficients_c)
    end as moyenne_finale_c,
    case
        when not est_passe then null
        when points_dm + gain_obtenu_dm >= admission_c * coefficients_c then 'ADMIS'
        else 'REFUSE'
    end as decision_apres_controle,
    est_passe
    and 2 * (points_dm + gain_obtenu_dm) >= (2 * admission_c - 1) * coefficients_c
    and points_dm + gain_obtenu_dm < admission_c * coefficients_c as est_finale_proche_10,
    epreuves_sans_note,
    epreuves_fraude,
    epreuves_rejetees,
    epreuves_impossibles

from issues
