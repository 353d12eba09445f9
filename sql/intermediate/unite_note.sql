-- Grain : une ligne par note chargée du premier groupe (fichier, ligne, épreuve) et type d'unité
-- À quelle unité de notation chaque note appartient : l'établissement en CCF, le centre et la commission d'une épreuve
-- ponctuelle, le correcteur d'un écrit, à défaut son lot de copies. Une note conservée n'a pas d'unité ; le centre d'un écrit
-- est le lieu de composition, jamais une unité. Le correcteur et le lot d'une copie valent à toutes les étapes de sa note : dits
-- à une seule, ils le sont aux autres.
with
notes as (
    select
        lues.* replace (
            coalesce(lot, max(lot) over copies) as lot, coalesce(correcteur, max(correcteur) over copies) as correcteur
        )
    from staging.note as lues
    where etape <> 'controle' and mode in ('CCF', 'PONCTUEL')
    window copies as (partition by session, specialite, epreuve, numero_candidat)
),

candidats as (select session, specialite, numero_candidat, uai from staging.candidat),

epreuves as (select specialite, epreuve, forme from reference.epreuve),

situees as (
    select
        notes.session, notes.specialite, notes.epreuve, notes.numero_candidat, notes.fichier, notes.ligne,
        notes.mode, notes.commission,
        case when notes.mode = 'CCF' then coalesce(notes.centre, candidats.uai) end as etablissement,
        case when notes.mode = 'PONCTUEL' and epreuves.forme in ('oral', 'pratique') then notes.centre end as centre,
        case when notes.mode = 'PONCTUEL' and epreuves.forme = 'ecrit' then notes.correcteur end as correcteur,
        -- Un lot est l'unité d'une épreuve où personne n'a dit les correcteurs : une note n'a qu'une unité.
        case
            when notes.mode = 'PONCTUEL' and epreuves.forme = 'ecrit'
                and count(notes.correcteur) over (partition by notes.session, notes.specialite, notes.epreuve) = 0
                then notes.lot
        end as lot
    from notes
    join candidats using (session, specialite, numero_candidat)
    join epreuves using (specialite, epreuve)
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
