-- Grain : une ligne par individuel ou candidat de l'EAD qui a une UAI
select
    fichier, ligne, 'uai' as colonne, uai as valeur, statut as detail,
    numero_candidat, specialite
from staging.candidat
where uai is not null and statut in ('EAD', 'INDIVIDUEL')
