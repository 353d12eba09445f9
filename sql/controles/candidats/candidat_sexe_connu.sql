-- Grain : une ligne par candidat dont le sexe a un code inconnu
select
    fichier, ligne, colonne, valeur,
    'candidat chargé sans sexe' as detail,
    numero_candidat, specialite
from staging.valeur_ecartee
where type_fichier = 'candidats' and colonne = 'sexe'
