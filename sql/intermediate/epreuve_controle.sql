-- Grain : une ligne par candidat appelé au contrôle et épreuve du domaine général (hors du contrôle permanent : par épreuve notée)
--
-- La note de contrôle remplace les sous-épreuves qu'elle couvre : toutes par défaut, sauf celles
-- dont le candidat est dispensé, celles dont il garde le bénéfice (sauf [regles]
-- controle_reprend_benefice) et, pour l'épreuve que [regles] controle_langue désigne, les autres.
with

appeles as (select * from intermediate.appel_controle),

notes as (

    select notes.*
    from intermediate.note_retenue as notes
    join reference.regime as regimes using (session)
    where
        not notes.est_facultative
        and (notes.domaine = 'general' or regimes.controle = 'exceptionnel')

),

controles as (select * from intermediate.note_controle),

parametres as (select controle_langue, controle_reprend_benefice from reference.parametre),

designees as (

    select
        epreuves.specialite,
        epreuves.epreuve_groupe,
        epreuves.epreuve as epreuve_designee
    from reference.epreuve as epreuves
    join parametres on epreuves.epreuve = parametres.controle_langue
    where epreuves.epreuve <> epreuves.epreuve_groupe

),

sous_epreuves as (

    select
        notes.*,
        coalesce(notes.epreuve <> designees.epreuve_designee, false) as est_hors_designation,
        notes.est_conservee and not coalesce(parametres.controle_reprend_benefice, false)
            as est_figee

    from notes
    cross join parametres
    left join designees
        on notes.specialite = designees.specialite
        and notes.epreuve_groupe = designees.epreuve_groupe

),

couvertes as (

    select
        *,
        not est_dispensee and not est_figee and not est_hors_designation and note_c is not null
            as est_couverte
    from sous_epreuves

),

epreuves as (

    select
        numero_candidat,
        specialite,
        session,
        epreuve_groupe as epreuve,
        min(rang) as rang,
        bool_or(est_langue) as est_langue,
        coalesce(sum(coefficient_c) filter (where est_couverte), 0)::bigint as coefficient_c,
        coalesce(sum(points_dm) filter (where est_couverte), 0)::bigint as points_dm,
        case
            when bool_or(est_couverte) then null
            when bool_and(est_dispensee) then 'dispense'
            when bool_or(est_figee) then 'note_conservee'
            when bool_or(est_dispensee) then 'dispense'
            else 'note_manquante'
        end as motif_impossible
    from couvertes
    group by all

),

epreuves_des_appeles as (

    select
        epreuves.numero_candidat,
        epreuves.specialite,
        epreuves.session,
        epreuves.epreuve,
        epreuves.rang,
        epreuves.est_langue,
        epreuves.coefficient_c,
        epreuves.points_dm,
        regimes.epreuves_au_controle,
        -- Hors du contrôle permanent, ce qui se choisit et ce qui se gagne n'est pas calculé.
        case when regimes.controle = 'permanent' then epreuves.motif_impossible is null end
            as est_possible,
        epreuves.motif_impossible,
        -- Ce que rapporterait un 20.
        case
            when regimes.controle = 'permanent'
                then 2000 * epreuves.coefficient_c - epreuves.points_dm
        end as gain_maximal_dm,
        controles.note as note_controle,
        controles.code as code_controle,
        coalesce(controles.est_rejetee, false) as est_rejetee,
        controles.fichier,
        controles.ligne,
        case
            when
                regimes.controle = 'permanent'
                and epreuves.motif_impossible is null and controles.note is not null
                then greatest(
                    0,
                    cast(controles.note * 100 as bigint) * epreuves.coefficient_c
                    - epreuves.points_dm
                )
        end as gain_possible_dm

    from appeles
    join reference.regime as regimes using (session)
    join epreuves using (numero_candidat, specialite, session)
    left join controles
        on epreuves.numero_candidat = controles.numero_candidat
        and epreuves.specialite = controles.specialite
        and epreuves.session = controles.session
        and epreuves.epreuve = controles.epreuve
    where regimes.controle = 'permanent' or controles.epreuve is not null

),

langues as (

    select
        *,
        -- Jamais deux oraux de langue : des épreuves de langue, la meilleure seule.
        not est_langue or row_number() over (
            partition by numero_candidat, specialite, session, est_langue
            order by gain_possible_dm desc nulls last, rang
        ) = 1 as est_langue_retenue
    from epreuves_des_appeles

),

classees as (

    select
        *,
        row_number() over (
            partition by numero_candidat, specialite, session
            order by est_langue_retenue desc, gain_possible_dm desc nulls last, rang
        ) as rang_gain
    from langues

)

-- Deux épreuves au plus (reference.regime) ; une note de trop laisse les meilleures et se signale.
select
    * exclude (gain_possible_dm, rang_gain, epreuves_au_controle, est_langue_retenue),
    gain_possible_dm is not null as est_passee,
    case when est_langue_retenue and rang_gain <= epreuves_au_controle then gain_possible_dm end as gain_dm

from classees
