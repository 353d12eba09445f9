-- Grain : une ligne par candidat dont le sexe a un code inconnu
select fichier, ligne, 'sexe' as colonne, sexe as valeur, numero_candidat, specialite
from staging.candidat
where sexe not in ('F', 'M')
