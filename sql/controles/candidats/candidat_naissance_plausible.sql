-- Grain : une ligne par candidat dont l'âge l'année de la session est invraisemblable
select
    fichier, ligne, 'date_naissance' as colonne, strftime(date_naissance, '%d/%m/%Y') as valeur,
    concat(session - year(date_naissance), ' ans en ', session) as detail,
    numero_candidat, specialite
from staging.candidat
where session - year(date_naissance) not between 16 and 80
