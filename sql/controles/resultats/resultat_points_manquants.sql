-- Grain : une ligne par résultat dont les points manquants sont faux
select
    null::varchar as fichier, null::bigint as ligne, 'points_manquants' as colonne,
    replace(cast(points_manquants as varchar), '.', ',') as valeur,
    numero_candidat, specialite
from marts.resultat_candidat
where points is not null
  and points_manquants is distinct from greatest(10 * coefficients - points, 0)
