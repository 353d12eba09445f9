-- Grain : une ligne par candidat, spécialité, session, épreuve, étape et type d'unité
-- Les notes dont l'harmonisation étudie les écarts, dans l'état où chaque étape les laisse : à l'étape « harmonisee », une
-- note non retouchée garde sa valeur transmise (sinon on ne comparerait que les notes retouchées). Les codes (AB, NV…) et les
-- notes conservées sont écartés, un zéro est une note. Une ligne rejetée n'est jamais remplacée par une étape antérieure.
with
notes as (select * from staging.note where etape <> 'controle'),

rejets as (select * from intermediate.rejet_candidat_note where portee = 'premier_groupe'),

candidats as (select * from staging.candidat),

epreuves as (select * from reference.epreuve),

types_unite as (select * from reference.type_unite),

etapes(etape, rang) as (values ('transmise', 1), ('harmonisee', 2), ('definitive', 3)),

lignes as (
    select
        notes.session, notes.specialite, notes.numero_candidat, notes.epreuve,
        2 * etapes.rang as priorite, etapes.rang,
        notes.note, notes.code, notes.mode, notes.centre, notes.commission
    from notes
    join etapes using (etape)
    union all
    select
        session, specialite, numero_candidat, epreuve,
        2 * rang_etape + 1 as priorite, rang_etape as rang,
        null, 'REJET', null, null, null
    from rejets
),

etapes_presentes as (
    select distinct session, specialite, epreuve, rang from lignes where code is distinct from 'REJET'
),

etat as (
    select
        lignes.session, lignes.specialite, lignes.numero_candidat, lignes.epreuve, etapes.etape,
        arg_max(
            {note: lignes.note, code: lignes.code, mode: lignes.mode, centre: lignes.centre, commission: lignes.commission},
            lignes.priorite
        ) as ligne
    from lignes
    join etapes on lignes.rang <= etapes.rang
    join etapes_presentes as presentes
        on presentes.session = lignes.session and presentes.specialite = lignes.specialite
        and presentes.epreuve = lignes.epreuve and presentes.rang = etapes.rang
    group by all
),

etudiees as (
    select
        etat.session, etat.specialite, etat.numero_candidat, etat.epreuve, etat.etape,
        etat.ligne.note as note, etat.ligne.mode as mode, etat.ligne.commission as commission,
        -- Le centre d'un écrit est le lieu de composition : ce n'est jamais une unité de notation.
        case when epreuves.forme in ('oral', 'pratique') then etat.ligne.centre end as centre,
        coalesce(etat.ligne.centre, candidats.uai) as etablissement
    from etat
    join candidats using (session, specialite, numero_candidat)
    join epreuves using (specialite, epreuve)
    where etat.ligne.note is not null and etat.ligne.mode in ('CCF', 'PONCTUEL')
),

-- Un même code de commission peut servir dans plusieurs centres : l'unité est alors « centre / commission ».
commissions as (
    select session, specialite, epreuve, etape, commission, count(distinct centre) > 1 as est_ambigue
    from etudiees
    where mode = 'PONCTUEL' and commission is not null
    group by all
),

par_unite as (
    select * exclude (centre, etablissement), 'etablissement' as type_unite, etablissement as unite
    from etudiees
    where mode = 'CCF'
    union all
    select * exclude (centre, etablissement), 'centre' as type_unite, centre as unite
    from etudiees
    where mode = 'PONCTUEL'
    union all
    select
        etudiees.* exclude (centre, etablissement),
        'commission' as type_unite,
        case
            when commissions.est_ambigue then coalesce(etudiees.centre, '?') || ' / ' || commission
            else commission
        end as unite
    from etudiees
    join commissions using (session, specialite, epreuve, etape, commission)
    where mode = 'PONCTUEL'
)

select
    row_number() over (order by session, specialite, epreuve, etape, type_unite, unite, numero_candidat) as id_note,
    session, specialite, epreuve, etape, type_unite, unite, commission, numero_candidat, note
from par_unite
where unite is not null and type_unite in (select type_unite from types_unite)
