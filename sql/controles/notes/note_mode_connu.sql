-- Grain : une ligne par note dont le mode est inconnu
select
    fichier, ligne, 'mode' as colonne, mode as valeur,
    numero_candidat, specialite, epreuve
from staging.note
where mode not in ('PONCTUEL', 'CCF', 'BENEFICE', 'REPORT')
