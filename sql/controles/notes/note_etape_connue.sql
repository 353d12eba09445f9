-- Grain : une ligne par note dont l'étape est inconnue
select
    fichier, ligne, 'etape' as colonne, etape as valeur,
    numero_candidat, specialite, epreuve
from staging.note
where etape not in ('transmise', 'harmonisee', 'definitive', 'controle')
