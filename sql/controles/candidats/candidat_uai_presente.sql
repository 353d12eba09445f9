-- Grain : une ligne par candidat d'établissement sans UAI
select
    fichier, ligne, 'uai' as colonne,
    null::varchar as valeur, statut as detail, numero_candidat, specialite
from staging.candidat
where uai is null and statut in ('SCOLAIRE', 'APPRENTI', 'FORMATION CONTINUE')
