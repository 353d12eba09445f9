-- Grain : une ligne par candidat qui a le nom, le prénom et la naissance d'un autre numéro
with
identites as (
    select
        fichier, ligne, numero_candidat, specialite, date_naissance,
        upper(strip_accents(nom)) as nom_nu,
        upper(strip_accents(prenom)) as prenom_nu
    from staging.candidat
    where nom is not null and prenom is not null and date_naissance is not null
),
doubles as (
    select
        nom_nu, prenom_nu, date_naissance,
        list(numero_candidat order by numero_candidat) as numeros
    from identites
    group by all
    having count(distinct numero_candidat) > 1
)
select
    fichier, ligne, 'numero_candidat' as colonne, numero_candidat as valeur,
    concat('numéros concernés : ', array_to_string(numeros, ', ')) as detail,
    numero_candidat, specialite
from identites
join doubles using (nom_nu, prenom_nu, date_naissance)
