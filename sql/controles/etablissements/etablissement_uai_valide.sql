-- Grain : une ligne par établissement dont l'UAI est inexact
with
lettres as (
    select
        *, try_cast(regexp_extract(uai, '^([0-9]{7})[A-Z]$', 1) as integer) as numero,
        substr('ABCDEFGHJKLMNPRSTUVWXYZ', 1 + numero % 23, 1) as lettre
    from staging.etablissement
)
select
    fichier, ligne, 'uai' as colonne, uai as valeur,
    concat('lettre attendue : ' || lettre) as detail,
    uai
from lettres
where right(uai, 1) is distinct from lettre
