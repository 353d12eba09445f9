-- Grain : une ligne par candidat d'une spécialité que la session n'a pas
select fichier, ligne, 'specialite' as colonne, specialite as valeur, numero_candidat, specialite
from staging.candidat
anti join reference.specialite using (specialite)
