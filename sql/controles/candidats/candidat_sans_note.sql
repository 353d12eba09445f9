-- Grain : une ligne par candidat sans aucune note
select
    fichier, ligne, 'numero_candidat' as colonne, numero_candidat as valeur,
    numero_candidat, specialite
from staging.candidat
anti join staging.note using (numero_candidat)
