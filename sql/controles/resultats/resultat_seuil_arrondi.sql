-- Grain : une ligne par résultat dont la moyenne arrondie atteint un seuil qu'elle n'atteint pas
select
    null::varchar as fichier, null::bigint as ligne, 'moyenne_generale' as colonne,
    replace(cast(moyenne_generale as varchar), '.', ',') as valeur,
    concat(points, ' points pour ', coefficients, ' coefficients') as detail,
    numero_candidat, specialite
from marts.resultat_candidat
where (1000 * points >= 7995 * coefficients and points < 8 * coefficients)
   or (1000 * points >= 9995 * coefficients and points < 10 * coefficients)
