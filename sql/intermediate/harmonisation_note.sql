-- Grain : une ligne par candidat, spécialité, session, épreuve, étape et type d'unité
-- Les notes dont l'harmonisation étudie les écarts, dans l'état où chaque étape les laisse : à l'étape « harmonisee », une
-- note non retouchée garde sa valeur transmise (sinon on ne comparerait que les notes retouchées). Les codes (AB, NV…) et les
-- notes conservées sont écartés, un zéro est une note. Une ligne rejetée n'est jamais remplacée par une étape antérieure.
with
notes as (select * from intermediate.note_etape where etape <> 'controle'),

rejets as (select * from intermediate.rejet_candidat_note where portee = 'premier_groupe'),

notees as (select * from intermediate.unite_note where type_unite in (select type_unite from reference.type_unite)),

etapes as (select * from reference.etape_note),

-- Une épreuve est un nombre là où il ne s'agit que de choisir.
etudiees as materialized (
    select row_number() over () as rang_epreuve, session, specialite, epreuve
    from (select distinct session, specialite, epreuve from notees)
),

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

lignes as materialized (
    select etudiees.rang_epreuve, ecrites.* exclude (session, specialite, epreuve)
    from ecrites
    join etudiees using (session, specialite, epreuve)
),

etapes_presentes as (
    select distinct rang_epreuve, rang, etape
    from lignes
    join etapes using (rang)
    where code is distinct from 'REJET'
),

-- Ce qui peut l'emporter sur une ligne antérieure du même candidat.
suivantes as (
    select rang_epreuve, numero_candidat, rang, priorite
    from lignes
    where priorite > (select min(priorite) from lignes)
),

unites as (
    select rang_epreuve, numero_candidat, fichier, ligne, type_unite, unite
    from notees
    join etudiees using (session, specialite, epreuve)
)

select
    etudiees.session, etudiees.specialite, etudiees.epreuve, presentes.etape, unites.type_unite, unites.unite,
    lignes.commission, lignes.numero_candidat, lignes.note
from lignes
join etapes_presentes as presentes
    on presentes.rang_epreuve = lignes.rang_epreuve and presentes.rang >= lignes.rang
join unites
    on unites.rang_epreuve = lignes.rang_epreuve and unites.numero_candidat = lignes.numero_candidat
    and unites.fichier = lignes.fichier and unites.ligne = lignes.ligne
join etudiees on etudiees.rang_epreuve = lignes.rang_epreuve
anti join suivantes
    on suivantes.rang_epreuve = lignes.rang_epreuve and suivantes.numero_candidat = lignes.numero_candidat
    and suivantes.priorite > lignes.priorite and suivantes.rang <= presentes.rang
where lignes.note is not null and lignes.mode in ('CCF', 'PONCTUEL')
