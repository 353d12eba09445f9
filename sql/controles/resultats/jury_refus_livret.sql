-- Grain : une ligne par refus du jury d'un candidat dont le livret fourni n'est pas dit examiné
select
    fichier, ligne, 'livret_examine' as colonne, coalesce(livret, decision) as valeur,
    numero_candidat, specialite
from staging.decision_jury
join intermediate.decision_jury using (numero_candidat, specialite, session)
where decision = 'REFUSE' and not est_livret_regle
