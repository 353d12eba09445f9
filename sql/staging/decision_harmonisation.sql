-- Grain : une ligne par décision d'harmonisation chargée (épreuve, unité, type d'unité)
with
lues as (select * from staging.decision_harmonisation_lue),
ecartees as (select distinct rang from staging.rejet_decision_harmonisation)
select
    epreuve, unite, type_unite, decision, decalage, motif, auteur, date, accord, probleme_date, fichier, ligne
from lues
anti join ecartees using (rang)
