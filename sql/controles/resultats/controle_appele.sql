-- Grain : une ligne par note de contrôle d'un candidat qui n'était pas appelé
select
    fichier, ligne, 'etape' as colonne, etape as valeur,
    numero_candidat, specialite, epreuve
from staging.note
anti join marts.rattrapage using (numero_candidat, specialite, session)
where etape = 'controle'
