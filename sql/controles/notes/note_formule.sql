-- Grain : une ligne par cellule facultative d'une note qui est une formule en erreur
select
    fichier, ligne, colonne, valeur,
    'note chargée sans cette valeur' as detail,
    numero_candidat, specialite
from staging.valeur_ecartee
where type_fichier = 'notes'
