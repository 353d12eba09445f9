-- Grain : une ligne par résultat dont la moyenne arrondie atteint un seuil qu'elle n'atteint pas
select
    null::varchar as fichier, null::bigint as ligne, 'moyenne_generale' as colonne,
    replace(cast(moyenne_generale as varchar), '.', ',') as valeur,
    concat(points, ' points pour ', coefficients, ' coefficients') as detail,
    numero_candidat, specialite
from marts.resultat_candidat
cross join (select unnest([appel_c, admission_c]) as seuil_c from reference.regime)
where 200 * points >= (2 * seuil_c - 1) * coefficients and 100 * points < seuil_c * coefficients
