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

appeles as (

    select numero_candidat from publie.marts.rattrapage
    union
    select numero_candidat from lues where etape = 'premier_groupe' and decision = 'CONTROLE'

),

propositions as (

    select
        lues.*,
        limites.limite,
        if(lues.etape = 'controle', resultats.decision_apres_controle, resultats.decision_calculee)
            as proposition,
        if(lues.etape = 'controle', resultats.moyenne_finale, resultats.moyenne_generale)
            as moyenne
    from lues
    join resultats
        on lues.numero_candidat = resultats.numero_candidat
        and lues.specialite = resultats.specialite
        and lues.session = resultats.session
    left join intermediate.limite_jury as limites
        on lues.fichier = limites.fichier and lues.ligne = limites.ligne

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

refus_sans_livret as (

    select
        ligne, numero_candidat, 'faute', 'refus_livret',
        'refusé sans livret_examine = O (ou AUCUN, pas de livret fourni) : pas de refus sans examen du '
        || 'livret scolaire fourni (CE D643-26)'
    from lues
    join intermediate.decision_jury as jury using (numero_candidat, specialite, session)
    where decision = 'REFUSE' and not jury.est_livret_regle

),

deja_decidees as (

    select
        lues.ligne, lues.numero_candidat, 'faute', 'deja_decide',
        concat('déjà décidé (', mots[publiees.decision], ') dans ', publiees.fichier, ', ligne ',
               publiees.ligne, ' : corrigez cette ligne-là (ou : jury verifier --corriger), ou retirez celle-ci')
    from lues
    join publiees
        on lues.numero_candidat = publiees.numero_candidat
        and lues.specialite = publiees.specialite
        and lues.session = publiees.session
        and lues.etape = publiees.etape
    cross join lexique
    -- La même décision, déjà classée, n'est pas une faute.
    where (lues.decision, lues.livret, lues.motif)
        is distinct from (publiees.decision, publiees.livret, publiees.motif)

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
        ligne, numero_candidat, 'a_voir', if(limite is null, 'proposition_contraire', 'jury_limite'),
        concat(mots[decision], ', proposition : ', coalesce(mots[proposition], 'aucune'),
               ' (moyenne ' || replace(moyenne::varchar, '.', ',') || ')', ' ; ' || limite)
    from propositions
    cross join lexique
    where decision is not null and decision is distinct from proposition

),

dates as (

    select
        ligne, numero_candidat, 'a_voir', 'decision_date',
        concat('date de la délibération, ', date_lue, ' : ', probleme_date)
    from lues
    where probleme_date is not null

),

constats as (
    from fautes_d_import
    union all from fautes_de_lecture
    union all from refus_sans_livret
    union all from deja_decidees
    union all from non_appeles
    union all from contradictions
    union all from dates
)

select distinct ligne, numero_candidat, gravite, regle, message
from constats
order by ligne, gravite desc, regle, message
