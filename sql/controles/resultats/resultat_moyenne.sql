-- Grain : une ligne par résultat dont la moyenne n'est pas points / coefficients
with
-- en entiers : un arrondi ne se décide pas sur un nombre à virgule flottante
entiers as (
    select
        numero_candidat, specialite, moyenne_generale,
        cast(points * 10000 as hugeint) as points,
        cast(coefficients * 10000 as hugeint) as coefficients
    from marts.resultat_candidat
    where points is not null and coefficients > 0
),
attendues as (
    select *, (200 * points + coefficients) // (2 * coefficients) as centiemes from entiers
)
select
    null::varchar as fichier, null::bigint as ligne, 'moyenne_generale' as colonne,
    replace(cast(moyenne_generale as varchar), '.', ',') as valeur,
    concat('attendu ', centiemes, ' centièmes') as detail,
    numero_candidat, specialite
from attendues
where 100 * moyenne_generale is distinct from centiemes
