-- Grain : une ligne par candidat présent aux deux publications, épreuve, groupe et champ de la note qui a changé
with

notes_avant as (

    select session, specialite, numero_candidat, epreuve, 'premier_groupe' as groupe,
           note, code, etape, mode, centre, commission, regle_rejet
    from avant.marts.note_retenue

    union all

    select session, specialite, numero_candidat, epreuve, 'controle',
           note, code, etape, mode, centre, commission, null
    from avant.staging.note
    where etape = 'controle'

),

notes_apres as (

    select session, specialite, numero_candidat, epreuve, 'premier_groupe' as groupe,
           note, code, etape, mode, centre, commission, regle_rejet
    from apres.marts.note_retenue

    union all

    select session, specialite, numero_candidat, epreuve, 'controle',
           note, code, etape, mode, centre, commission, null
    from apres.staging.note
    where etape = 'controle'

),

candidats as (

    select session, specialite, numero_candidat from avant.marts.resultat_candidat
    intersect
    select session, specialite, numero_candidat from apres.marts.resultat_candidat

),

-- D'abord les notes différentes, peu nombreuses ; les champs ensuite.
differentes as (

    select
        session, specialite, numero_candidat, epreuve, groupe,
        notes_avant as ancienne,
        notes_apres as nouvelle
    from notes_avant
    full join notes_apres using (session, specialite, numero_candidat, epreuve, groupe)
    where notes_avant is distinct from notes_apres

),

champs as (

    select
        session, specialite, numero_candidat, epreuve, groupe,
        -- D'une note qui arrive ou disparaît, la note et le code disent tout.
        ancienne.etape is not null and nouvelle.etape is not null as est_des_deux_cotes,
        unnest([
            {'rang': 1, 'champ': 'note', 'avant': replace(ancienne.note::varchar, '.', ','),
             'apres': replace(nouvelle.note::varchar, '.', ',')},
            {'rang': 2, 'champ': 'code', 'avant': ancienne.code, 'apres': nouvelle.code},
            {'rang': 3, 'champ': 'etape', 'avant': ancienne.etape, 'apres': nouvelle.etape},
            {'rang': 4, 'champ': 'mode', 'avant': ancienne.mode, 'apres': nouvelle.mode},
            {'rang': 5, 'champ': 'centre', 'avant': ancienne.centre, 'apres': nouvelle.centre},
            {'rang': 6, 'champ': 'commission', 'avant': ancienne.commission,
             'apres': nouvelle.commission},
            {'rang': 7, 'champ': 'rejet', 'avant': ancienne.regle_rejet,
             'apres': nouvelle.regle_rejet}
        ], recursive := true)
    from differentes

)

select session, specialite, numero_candidat, epreuve, groupe, champ, avant, apres
from champs
semi join candidats using (session, specialite, numero_candidat)
where
    avant is distinct from apres
    and (champ in ('note', 'code', 'rejet') or est_des_deux_cotes)
order by session, specialite, numero_candidat, groupe desc, epreuve, rang
