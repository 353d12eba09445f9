-- Grain : une ligne par candidat dont le numéro n'a pas la longueur la plus courante
with
longueurs as (
    select length(numero_candidat) as longueur, count(*) as nb_candidats
    from staging.candidat
    group by longueur
),
usuelle as (
    select longueur from longueurs order by nb_candidats desc, longueur desc limit 1
)
select
    fichier, ligne, 'numero_candidat' as colonne, numero_candidat as valeur,
    concat(length(numero_candidat), ' caractères au lieu de ', longueur) as detail,
    numero_candidat, specialite
from staging.candidat
cross join usuelle
where length(numero_candidat) <> longueur
