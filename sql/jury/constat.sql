-- Grain : une ligne par décision du jury à relire et constat (faute, ou désaccord à confirmer)
--
-- Une ligne sans décision, livret ni motif n'est pas encore remplie : elle ne donne aucun constat.
--
-- Une décision se dit en mots : $codes et $mots viennent du lexique des rapports.
with

lexique as (select map($codes, $mots) as mots),

lues as (

    select *
    from staging.decision_jury_lue
    where coalesce(decision_lue, livret_lu, motif) is not null

),

publiees as (select * from publie.staging.decision_jury where fichier is distinct from $fichier),

resultats as (select * from publie.marts.resultat_candidat),

livrets as (

    select numero_candidat, bool_or(est_livret_examine) as est_examine
    from (
        select numero_candidat, est_livret_examine from lues
        union all
        select numero_candidat, est_livret_examine from publiees
    )
    group by all

),

appeles as (

    select numero_candidat from publie.marts.rattrapage
    union
    select numero_candidat from lues where etape = 'premier_groupe' and decision = 'CONTROLE'

),

propositions as (

    select
        lues.*,
        case
            when lues.etape = 'premier_groupe' and (
                lues.decision = 'CONTROLE'
                or (lues.decision = 'ADMIS' and resultats.decision_calculee = 'ELIMINE')
            ) then mots_de_la_regle.limite
        end as limite,
        if(lues.etape = 'controle', resultats.decision_apres_controle, resultats.decision_calculee)
            as proposition,
        if(lues.etape = 'controle', resultats.moyenne_finale, resultats.moyenne_generale)
            as moyenne
    from lues
    join resultats
        on lues.numero_candidat = resultats.numero_candidat
        and lues.specialite = resultats.specialite
        and lues.session = resultats.session
    left join publie.reference.regle_decision as mots_de_la_regle
        on resultats.session = mots_de_la_regle.session and resultats.regle = mots_de_la_regle.regle

),

fautes_d_import as (

    select
        rejets.ligne, rejets.numero_candidat, 'faute' as gravite, rejets.regle,
        split_part(rejets.message, ' Ligne écartée', 1) as message
    from staging.rejet_decision_jury as rejets
    semi join lues using (rang)

),

fautes_de_lecture as (

    -- Une colonne absente se dit une fois, non à chaque ligne.
    select ligne, null, 'faute', regle, split_part(message, ' Ligne écartée', 1)
    from raw.rejet
    where rang is null or regle <> 'colonne_manquante'

),

controles_trop_tot as (

    select
        ligne, numero_candidat, 'faute', 'controle_session',
        'appelé au contrôle : pas d''épreuves de contrôle à la session ' || session
        || ', les premières sont de ' || regimes.ouverture || ' (CE D643-15)'
    from lues
    join publie.reference.regime as regimes using (session)
    where decision = 'CONTROLE' and regimes.controle = 'aucun'

),

-- Le dispositif exceptionnel de 2021 appelle, et seulement ceux que la règle appelle.
controles_de_2021 as (

    select
        ligne, numero_candidat, 'faute', 'controle_session',
        'appelé au contrôle : à la session ' || session || ', seul le dispositif exceptionnel appelle au contrôle, et ce '
        || 'candidat n''y a pas droit (proposition : ' || mots[proposition] || ')'
    from propositions
    cross join lexique
    join publie.reference.regime as regimes using (session)
    where decision = 'CONTROLE' and regimes.controle = 'exceptionnel' and proposition is distinct from 'CONTROLE'

),

controles_apres_controle as (

    select
        ligne, numero_candidat, 'faute', 'controle_deux_fois',
        'appelé au contrôle à l''étape controle : après le contrôle, le jury admet ou refuse'
    from lues
    where decision = 'CONTROLE' and etape = 'controle'

),

refus_sans_livret as (

    select
        ligne, numero_candidat, 'faute', 'refus_livret',
        'refusé sans livret_examine = O : pas de refus sans examen du livret scolaire (CE D643-26)'
    from lues
    left join livrets using (numero_candidat)
    where decision = 'REFUSE' and not coalesce(livrets.est_examine, false)

),

deja_decidees as (

    select
        lues.ligne, lues.numero_candidat, 'faute', 'deja_decide',
        concat('déjà décidé (', mots[publiees.decision], ') dans ', publiees.fichier, ', ligne ',
               publiees.ligne, ' : corrigez cette ligne-là, ou retirez celle-ci')
    from lues
    join publiees
        on lues.numero_candidat = publiees.numero_candidat
        and lues.specialite = publiees.specialite
        and lues.session = publiees.session
        and lues.etape = publiees.etape
    cross join lexique
    -- La même décision, déjà classée, n'est pas une faute.
    where (lues.decision, lues.est_livret_examine, lues.motif)
        is distinct from (publiees.decision, publiees.est_livret_examine, publiees.motif)

),

non_appeles as (

    select
        ligne, numero_candidat, 'a_voir', 'controle_non_appele',
        'décision après contrôle d''un candidat qui n''y est pas appelé'
    from lues
    anti join appeles using (numero_candidat)
    where etape = 'controle'

),

contradictions as (

    select
        ligne, numero_candidat, 'a_voir', 'proposition_contraire',
        concat(mots[decision], ', proposition : ', coalesce(mots[proposition], 'aucune'),
               ' (moyenne ' || replace(moyenne::varchar, '.', ',') || ')', ' ; ' || limite)
    from propositions
    cross join lexique
    where decision is not null and decision is distinct from proposition

),

constats as (
    from fautes_d_import
    union all from fautes_de_lecture
    union all from controles_trop_tot
    union all from controles_de_2021
    union all from controles_apres_controle
    union all from refus_sans_livret
    union all from deja_decidees
    union all from non_appeles
    union all from contradictions
)

select distinct ligne, numero_candidat, gravite, regle, message
from constats
order by ligne, gravite desc, regle, message
