-- Grain : une ligne par note chargée dont le numéro a retrouvé ses zéros de tête
select
    fichier, ligne, colonne, valeur, concat('lu comme ', valeur_retenue) as detail,
    valeur_retenue as numero_candidat
from staging.reparation
semi join staging.note using (fichier, ligne)
