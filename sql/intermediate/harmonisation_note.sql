-- Grain : une ligne par candidat, spécialité, session, épreuve, étape et type d'unité
-- Les notes dont l'harmonisation étudie les écarts, dans l'état où chaque étape les laisse : à l'étape « harmonisee », une
-- note non retouchée garde sa valeur transmise (sinon on ne comparerait que les notes retouchées). Les codes (AB, NV…) et les
-- notes conservées sont écartés, un zéro est une note. Une ligne rejetée n'est jamais remplacée par une étape antérieure.
with
notes as (select * from intermediate.note_etape where etape <> 'controle'),

rejets as (select * from intermediate.rejet_candidat_note where portee = 'premier_groupe'),

unites as (select * from intermediate.unite_note),

types_unite as (select * from reference.type_unite),

etapes as (select * from reference.etape_note),

etudiees as (select distinct specialite, epreuve from unites where type_unite in (select type_unite from types_unite)),

ecrites as (
    select
        notes.session, notes.specialite, notes.numero_candidat, notes.epreuve,
        2 * etapes.rang as priorite, etapes.rang,
        notes.note, notes.code, notes.mode, notes.commission, notes.fichier, notes.ligne
    from notes
    join etapes using (etape)
    union all
    select
        session, specialite, numero_candidat, epreuve,
        2 * rang_etape + 1 as priorite, rang_etape as rang,
        null, 'REJET', null, null, null, null
    from rejets
),

-- Une ligne est un nombre là où il ne s'agit que de la choisir.
lignes as materialized (
    select ecrites.*, row_number() over () as rang_ligne
    from ecrites
    semi join etudiees using (specialite, epreuve)
),

etapes_presentes as (
    select distinct session, specialite, epreuve, rang from lignes where code is distinct from 'REJET'
),

etat as (
    select
        lignes.session, lignes.specialite, lignes.numero_candidat, lignes.epreuve, etapes.etape,
        arg_max(lignes.rang_ligne, lignes.priorite) as rang_ligne
    from lignes
    join etapes on lignes.rang <= etapes.rang
    join etapes_presentes as presentes
        on presentes.session = lignes.session and presentes.specialite = lignes.specialite
        and presentes.epreuve = lignes.epreuve and presentes.rang = etapes.rang
    group by all
),

situees as (
    select
        etat.session, etat.specialite, etat.numero_candidat, etat.epreuve, etat.etape, unites.type_unite, unites.unite,
        lignes.note, lignes.commission
    from etat
    join lignes using (rang_ligne)
    join unites
        on unites.fichier = lignes.fichier and unites.ligne = lignes.ligne
        and unites.numero_candidat = etat.numero_candidat and unites.epreuve = etat.epreuve
    where lignes.note is not null and lignes.mode in ('CCF', 'PONCTUEL')
)

select
    row_number() over (order by session, specialite, epreuve, etape, type_unite, unite, numero_candidat) as id_note,
    session, specialite, epreuve, etape, type_unite, unite, commission, numero_candidat, note
from situees
where type_unite in (select type_unite from types_unite)
