-- Grain : une ligne par candidat d'une autre année
select
    fichier, ligne, 'session' as colonne, session::varchar as valeur,
    concat('session ', annee, ' attendue') as detail,
    numero_candidat, specialite
from staging.candidat
cross join reference.session
where session <> annee
