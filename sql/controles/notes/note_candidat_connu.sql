-- Grain : une ligne par note d'un candidat qui n'est pas inscrit
select
    fichier, ligne, 'numero_candidat' as colonne, numero_candidat as valeur,
    numero_candidat, specialite, epreuve
from staging.note
anti join staging.candidat using (numero_candidat, specialite, session)
