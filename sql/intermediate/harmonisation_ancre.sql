-- Grain : une ligne par candidat, spécialité, session et épreuve d'ancrage notée cette session
-- Une ancre est une note anonyme et ponctuelle de cette session : ni CCF (effet de halo), ni note conservée, ni épreuve de
-- contrôle. L'étape retenue est la plus avancée, comme pour les résultats.
with
notes as (select * from intermediate.note_retenue),

ancres as (select specialite, epreuve from reference.epreuve where est_ancre)

select session, specialite, numero_candidat, epreuve as ancre, note, commission
from notes
join ancres using (specialite, epreuve)
where note is not null and code is null and mode = 'PONCTUEL'
