-- Grain : une ligne par refus du jury sans livret examiné
select
    fichier, ligne, 'livret_examine' as colonne, decision as valeur, numero_candidat, specialite
from staging.decision_jury
where decision = 'REFUSE' and est_livret_examine is not true
