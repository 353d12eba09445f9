-- Grain : une ligne par note étudiée, soit par candidat et unité (nombres)
-- Le nombre d'un candidat est son rang dans la liste des candidats.
with
notes as (select * from intermediate.harmonisation_note),

unites as (select * from intermediate.harmonisation_numero),

candidats as (select rowid as candidat, session, specialite, numero_candidat from staging.candidat)

select candidat, id_unite, commission, note
from notes
join unites using (session, specialite, epreuve, etape, type_unite, unite)
join candidats using (session, specialite, numero_candidat)
