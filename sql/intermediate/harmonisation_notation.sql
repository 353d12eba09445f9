-- Grain : une ligne par note étudiée, soit par candidat et unité (nombres)
-- Unité après unité, pour la même raison que les nombres des candidats (harmonisation_rang).
with
notes as (select * from intermediate.harmonisation_note),

unites as (select * from intermediate.harmonisation_numero),

candidats as (select * from intermediate.harmonisation_rang)

select candidat, id_unite, id_analyse, commission, note
from notes
-- Chaque note a une unité et un candidat. À gauche, pour que DuckDB ne commence pas par croiser les unités et les candidats.
left join unites using (session, specialite, epreuve, etape, type_unite, unite)
left join candidats using (session, specialite, numero_candidat)
order by id_unite, candidat
