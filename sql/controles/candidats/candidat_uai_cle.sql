-- Grain : une ligne par candidat dont l'UAI a une lettre de contrôle fausse
with
uais as (
    select *, try_cast(left(uai, 7) as integer) as numero
    from staging.candidat
    where regexp_full_match(uai, '[0-9]{7}[A-Z]')
),
lettres as (
    select *, substr('ABCDEFGHJKLMNPRSTUVWXYZ', 1 + numero % 23, 1) as lettre from uais
)
select
    fichier, ligne, 'uai' as colonne, uai as valeur, concat('lettre attendue : ', lettre) as detail,
    numero_candidat, specialite
from lettres
where right(uai, 1) <> lettre
