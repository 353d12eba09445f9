-- Grain : une ligne par décision de jury chargée (candidat, spécialité, session, étape)
with
lues as (select * from staging.decision_jury_lue),
ecartees as (select distinct rang from staging.rejet_decision_jury)
select
    numero_candidat, specialite, session, etape, decision, livret, motif, date, date_lue, probleme_date,
    fichier, ligne
from lues
anti join ecartees using (rang)
