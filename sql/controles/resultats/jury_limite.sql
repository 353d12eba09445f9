-- Grain : une ligne par décision du jury que le texte ne lui ouvre pas
select
    fichier, ligne, 'decision' as colonne, decision as valeur, limite as detail,
    numero_candidat, specialite
from intermediate.limite_jury
