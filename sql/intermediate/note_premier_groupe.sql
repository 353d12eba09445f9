-- Grain : une ligne par candidat, spécialité, session et épreuve qui a, au premier groupe, une note chargée ou rejetée
--
-- L'étape la plus avancée l'emporte : definitive, sinon harmonisee, sinon transmise. Une note
-- rejetée n'est jamais remplacée par une étape antérieure (ni par une autre de la même étape) :
-- l'épreuve compte comme manquante.
with

notes as not materialized (

    select
        notes.*,
        etapes.rang as rang_etape,
        coalesce(notes.mode in ('BENEFICE', 'REPORT'), false) as est_conservee,
        hash(notes.numero_candidat, notes.specialite, notes.session, notes.epreuve) as empreinte
    from intermediate.note_etape as notes
    join reference.etape_note as etapes using (etape)

),

-- Presque toutes les notes sont seules à leur clé : on ne compare que celles qui ne le sont pas.
empreintes_repetees as (

    select empreinte
    from notes
    group by empreinte
    having count(*) > 1

),

notes_repetees as (

    select *
    from notes
    semi join empreintes_repetees using (empreinte)

),

-- Une note conservée et une note de la session pour la même épreuve, ou deux notes conservées
-- différentes (l'une de l'épreuve, l'autre de l'unité) : à vérifier.
notes_contraires as (

    select numero_candidat, specialite, session, epreuve
    from notes_repetees
    group by all
    having
        (bool_or(est_conservee) and not bool_and(est_conservee))
        or (bool_or(est_de_l_epreuve) and count(distinct note) filter (where est_conservee) > 1)

),

premieres as (

    select *
    from notes_repetees
    qualify row_number() over (
        partition by numero_candidat, specialite, session, epreuve
        order by rang_etape desc, est_de_l_epreuve, fichier, ligne
    ) = 1

),

notes_retenues as not materialized (

    select *, false as est_contradictoire
    from notes
    anti join empreintes_repetees using (empreinte)
    union all by name
    select premieres.*, contraires.epreuve is not null as est_contradictoire
    from premieres
    left join notes_contraires as contraires
        using (numero_candidat, specialite, session, epreuve)

),

rejets as (

    select *
    from intermediate.rejet_candidat_note
    where portee = 'premier_groupe'

),

notes_des_rejets as (

    select *
    from notes_retenues
    semi join rejets using (numero_candidat, specialite, session, epreuve)

),

-- Un rejet sous une autre clé (spécialité ou session fausse) n'efface pas la note de même étape.
rejets_bloquants as (

    select rejets.*
    from rejets
    left join notes_des_rejets as notes
        using (numero_candidat, specialite, session, epreuve)
    where
        notes.rang_etape is null
        or rejets.rang_etape > notes.rang_etape
        or (rejets.rang_etape = notes.rang_etape and rejets.a_la_cle)
    qualify row_number() over (
        partition by rejets.numero_candidat, rejets.specialite, rejets.session, rejets.epreuve
        order by rejets.rang_etape desc, rejets.fichier, rejets.ligne
    ) = 1

)

select
    notes.numero_candidat,
    notes.specialite,
    notes.session,
    notes.epreuve,
    notes.note,
    notes.code,
    notes.mode,
    notes.centre,
    notes.commission,
    notes.langue,
    notes.motif_nv,
    notes.session_origine,
    notes.est_de_l_epreuve,
    notes.etape,
    coalesce(notes.est_reserve, false) as est_reserve,
    notes.est_conservee,
    notes.est_contradictoire,
    false as est_rejetee,
    cast(null as varchar) as regle_rejet,
    cast(null as varchar) as valeur_rejetee,
    notes.fichier,
    notes.ligne

from notes_retenues as notes
anti join rejets_bloquants using (numero_candidat, specialite, session, epreuve)

union all by name

select
    numero_candidat,
    specialite,
    session,
    epreuve,
    false as est_reserve,
    false as est_conservee,
    false as est_contradictoire,
    true as est_rejetee,
    regle as regle_rejet,
    valeur as valeur_rejetee,
    fichier,
    ligne

from rejets_bloquants
