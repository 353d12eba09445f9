-- Grain : une ligne par candidat appelé aux épreuves de contrôle (décision du jury au premier groupe, sinon calculée)
--
-- L'issue ne se calcule que depuis la session 2022 : en 2021 elle appartenait au jury, avant il n'y
-- avait pas de contrôle.
with

decisions as (select * from intermediate.decision_calculee),

jury as (select * from intermediate.decision_jury)

select
    decisions.*,
    decisions.session >= 2022 and decisions.est_calculable as est_issue_calculable

from decisions
left join jury using (numero_candidat, specialite, session)
where coalesce(jury.decision_premier_groupe, decisions.decision_calculee) = 'CONTROLE'
