-- Grain : une ligne par cellule facultative d'un candidat qui est une formule en erreur
select
    fichier, ligne, colonne, valeur,
    'candidat chargé sans cette valeur' as detail,
    numero_candidat, specialite
from staging.valeur_ecartee
where type_fichier = 'candidats' and colonne not in ('date_naissance', 'sexe')
