-- Grain : une ligne par candidat dont l'UAI n'a pas sept chiffres et une lettre
with
mal_formes as (
    select
        *, regexp_extract(upper(uai), '[0-9]{7}[A-Z]') as proposition
    from staging.candidat
    where not regexp_full_match(uai, '[0-9]{7}[A-Z]')
)
select
    fichier, ligne, 'uai' as colonne, uai as valeur,
    case
        when proposition = '' then null
        when right(proposition, 1)
            = substr('ABCDEFGHJKLMNPRSTUVWXYZ', 1 + cast(left(proposition, 7) as integer) % 23, 1)
            then concat('proposition : ', proposition)
    end as detail,
    numero_candidat, specialite
from mal_formes
