-- Grain : une ligne par candidat dont l'INE n'a pas une forme connue
select fichier, ligne, 'ine' as colonne, ine as valeur, numero_candidat, specialite
from staging.candidat
where not regexp_full_match(ine, '[0-9]{9}[A-Z]{2}|[0-9]{10}[A-Z]|[0-9]{4}A[0-9]{5}[A-Z]')
