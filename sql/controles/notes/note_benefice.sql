-- Grain : une ligne par bénéfice qui n'est pas une note assez haute pour être conservée
with
notes as (select * from staging.note where mode = 'BENEFICE'),
-- Avant la session où le bénéfice passe à l'unité, c'est l'épreuve entière qui l'est.
entieres as (
    select numero_candidat, specialite, session, epreuve_groupe
    from notes
    join reference.epreuve using (specialite, epreuve)
    join reference.regime as regimes using (session)
    where not est_facultative and coalesce(session_origine, session) < regimes.unites
    group by all
    having count(note) > 1 and sum(coefficient * note * 100) >= any_value(conservee_c) * sum(coefficient)
),
sous_epreuves as (
    select numero_candidat, specialite, session, epreuve
    from entieres
    join reference.epreuve using (specialite, epreuve_groupe)
)
select
    fichier, ligne, 'note' as colonne,
    coalesce(replace(cast(note as varchar), '.', ','), notes.code) as valeur,
    numero_candidat, specialite, epreuve
from notes
join reference.regime using (session)
anti join sous_epreuves using (numero_candidat, specialite, session, epreuve)
where coalesce(note, 0) * 100 < conservee_c
