-- Grain : une ligne par candidat appelé aux épreuves de contrôle
with

issues as (select * from intermediate.issue_controle),

resultats as (select * from marts.resultat_candidat)

select
    resultats.session,
    resultats.specialite,
    resultats.numero_candidat,
    resultats.academie,
    resultats.uai,
    resultats.etablissement,
    resultats.centre_ecrit,
    resultats.statut,
    resultats.forme,
    resultats.moyenne_generale,
    resultats.moyenne_professionnelle,
    resultats.points_manquants,
    issues.epreuves_possibles,
    cast(issues.gain_maximal_dm * cast(0.0001 as decimal(5, 4)) as decimal(12, 4)) as gain_maximal,
    issues.atteignable,
    issues.epreuves_passees,
    resultats.points_controle as gain_obtenu,
    resultats.moyenne_finale,
    -- Ce qui décide après l'appel ; vide tant que ni le jury ni une note de contrôle n'a conclu.
    coalesce(resultats.decision_jury_controle, issues.decision_apres_controle) as decision_finale,
    resultats.decision_jury_controle is not null as est_decision_du_jury,
    resultats.a_verifier,
    resultats.raisons_verification

from issues
join resultats using (numero_candidat, specialite, session)
order by resultats.session, resultats.specialite, resultats.numero_candidat
