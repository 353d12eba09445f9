-- Grain : une ligne par candidat, spécialité, session et épreuve reprise au contrôle (note chargée ou rejetée)
--
-- Une note de contrôle peut nommer la sous-épreuve quand [regles] controle_langue la désigne.
with

notes as (select * from staging.note where etape = 'controle'),

epreuves as (select * from reference.epreuve where not est_facultative),

groupes as (select distinct specialite, epreuve_groupe from epreuves),

designees as (

    select
        epreuves.specialite,
        epreuves.epreuve,
        epreuves.epreuve_groupe
    from epreuves
    join reference.parametre as parametres on epreuves.epreuve = parametres.controle_langue

),

notes_par_groupe as (

    select
        notes.numero_candidat,
        notes.specialite,
        notes.session,
        coalesce(groupes.epreuve_groupe, designees.epreuve_groupe, notes.epreuve) as epreuve,
        notes.note,
        notes.code,
        notes.fichier,
        notes.ligne

    from notes
    left join groupes
        on notes.specialite = groupes.specialite and notes.epreuve = groupes.epreuve_groupe
    left join designees
        on notes.specialite = designees.specialite and notes.epreuve = designees.epreuve

),

notes_uniques as (

    select *
    from notes_par_groupe
    qualify row_number() over (
        partition by numero_candidat, specialite, session, epreuve
        order by note desc nulls last, fichier, ligne
    ) = 1

),

rejets as (

    select *
    from intermediate.rejet_candidat_note
    where portee = 'controle'
    qualify row_number() over (
        partition by numero_candidat, specialite, session, epreuve_groupe order by fichier, ligne
    ) = 1

)

select
    coalesce(notes.numero_candidat, rejets.numero_candidat) as numero_candidat,
    coalesce(notes.specialite, rejets.specialite) as specialite,
    coalesce(notes.session, rejets.session) as session,
    coalesce(notes.epreuve, rejets.epreuve_groupe) as epreuve,
    -- Une note de contrôle rejetée ne compte pas, même si une autre ligne la contredit.
    case when rejets.regle is null then notes.note end as note,
    case when rejets.regle is null then notes.code end as code,
    rejets.regle is not null as est_rejetee,
    rejets.regle as regle_rejet,
    rejets.valeur as valeur_rejetee,
    coalesce(rejets.fichier, notes.fichier) as fichier,
    coalesce(rejets.ligne, notes.ligne) as ligne

from notes_uniques as notes
full outer join rejets
    on notes.numero_candidat = rejets.numero_candidat
    and notes.specialite = rejets.specialite
    and notes.session = rejets.session
    and notes.epreuve = rejets.epreuve_groupe
