-- Grain : une ligne par candidat dont la date de naissance écrite n'est pas une date
select
    fichier, ligne, colonne, valeur,
    'candidat chargé sans date de naissance' as detail,
    numero_candidat, specialite
from staging.valeur_ecartee
where type_fichier = 'candidats' and colonne = 'date_naissance'
