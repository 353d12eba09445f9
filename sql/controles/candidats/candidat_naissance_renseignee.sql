-- Grain : une ligne par candidat sans date de naissance
select
    fichier, ligne, 'date_naissance' as colonne,
    null::varchar as valeur, numero_candidat, specialite
from staging.candidat
where date_naissance is null
