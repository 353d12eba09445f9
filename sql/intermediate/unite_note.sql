-- Grain : une ligne par note chargée du premier groupe (fichier, ligne, épreuve) et type d'unité
-- À quelle unité de notation chaque note appartient : l'établissement en CCF, le centre et la commission d'une épreuve
-- ponctuelle, le correcteur d'un écrit, à défaut son lot de copies. Une note conservée n'a pas d'unité ; le centre d'un écrit
-- est le lieu de composition, jamais une unité. Le correcteur et le lot d'une copie valent à toutes les étapes de sa note : dits
-- à une seule, ils le sont aux autres.
with
-- Les copies dont le lot ou le correcteur est dit quelque part : peu de notes, et aucune bien souvent.
copies as (
    select session, specialite, epreuve, numero_candidat, max(lot) as lot, max(correcteur) as correcteur
    from staging.note
    where etape <> 'controle' and mode in ('CCF', 'PONCTUEL') and (lot is not null or correcteur is not null)
    group by all
),

notes as not materialized (
    select
        lues.* replace (coalesce(lues.lot, copies.lot) as lot, coalesce(lues.correcteur, copies.correcteur) as correcteur)
    from staging.note as lues
    left join copies using (session, specialite, epreuve, numero_candidat)
    where lues.etape <> 'controle' and lues.mode in ('CCF', 'PONCTUEL')
),


candidats as (select session, specialite, numero_candidat, uai from staging.candidat),

epreuves as (select specialite, epreuve, forme from reference.epreuve),

-- Un lot est l'unité d'une épreuve où personne n'a dit les correcteurs : une note n'a qu'une unité.
epreuves_aux_correcteurs_dits as (
    select distinct session, specialite, epreuve
    from copies
    semi join candidats using (session, specialite, numero_candidat)
    where correcteur is not null
),

situees as (
    select
        notes.session, notes.specialite, notes.epreuve, notes.numero_candidat, notes.fichier, notes.ligne,
        notes.mode, notes.commission,
        case when notes.mode = 'CCF' then coalesce(notes.centre, candidats.uai) end as etablissement,
        case when notes.mode = 'PONCTUEL' and epreuves.forme in ('oral', 'pratique') then notes.centre end as centre,
        case when notes.mode = 'PONCTUEL' and epreuves.forme = 'ecrit' then notes.correcteur end as correcteur,
        case when notes.mode = 'PONCTUEL' and epreuves.forme = 'ecrit' and dits.epreuve is null then notes.lot end as lot
    from notes
    join candidats using (session, specialite, numero_candidat)
    join epreuves using (specialite, epreuve)
    left join epreuves_aux_correcteurs_dits as dits using (session, specialite, epreuve)
),

-- Un même code de commission peut servir dans plusieurs centres : l'unité est alors « centre / commission ».
commissions as (
    select session, specialite, epreuve, commission, count(distinct centre) > 1 as est_ambigue
    from situees
    where mode = 'PONCTUEL' and commission is not null
    group by all
),

par_unite as (
    select session, specialite, epreuve, numero_candidat, fichier, ligne, 'etablissement' as type_unite, etablissement as unite
    from situees
    union all
    select session, specialite, epreuve, numero_candidat, fichier, ligne, 'centre', centre
    from situees
    union all
    select session, specialite, epreuve, numero_candidat, fichier, ligne, 'correcteur', correcteur
    from situees
    union all
    select session, specialite, epreuve, numero_candidat, fichier, ligne, 'lot', lot
    from situees
    union all
    select
        session, specialite, epreuve, numero_candidat, fichier, ligne, 'commission',
        if(est_ambigue, coalesce(centre, '?') || ' / ' || commission, commission)
    from situees
    join commissions using (session, specialite, epreuve, commission)
    where mode = 'PONCTUEL'
)

select * from par_unite where unite is not null
