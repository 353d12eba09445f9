-- Grain : une ligne par valeur facultative d'une note, illisible ou formule en erreur
select
    fichier, ligne, colonne, valeur,
    'note chargée sans cette valeur' as detail,
    numero_candidat, specialite
from staging.valeur_ecartee
where type_fichier = 'notes'
