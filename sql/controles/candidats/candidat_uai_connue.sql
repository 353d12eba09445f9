-- Grain : une ligne par candidat dont l'UAI n'est pas dans la liste des établissements
select fichier, ligne, 'uai' as colonne, uai as valeur, numero_candidat, specialite
from staging.candidat
where uai is not null and uai not in (select uai from staging.etablissement where uai is not null)
