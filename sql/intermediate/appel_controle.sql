-- Grain : une ligne par candidat appelé aux épreuves de contrôle (décision du jury au premier groupe, sinon calculée)
--
-- L'issue ne se calcule que sous le contrôle permanent : celle du dispositif exceptionnel appartenait
-- au jury, avant il n'y avait pas de contrôle.
with

decisions as (select * from intermediate.decision_calculee),

jury as (select * from intermediate.decision_jury)

select
    decisions.*,
    regimes.controle,
    regimes.controle = 'permanent' and decisions.est_calculable as est_issue_calculable

from decisions
join reference.regime as regimes using (session)
left join jury using (numero_candidat, specialite, session)
where coalesce(jury.decision_premier_groupe, decisions.decision_calculee) = 'CONTROLE'
