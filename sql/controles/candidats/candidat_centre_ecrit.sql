-- Grain : une ligne par candidat sans centre d'écrit
select
    fichier, ligne, 'centre_ecrit' as colonne,
    null::varchar as valeur, numero_candidat, specialite
from staging.candidat
where centre_ecrit is null
