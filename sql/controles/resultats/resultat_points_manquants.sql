-- Grain : une ligne par résultat dont les points manquants sont faux
select
    null::varchar as fichier, null::bigint as ligne, 'points_manquants' as colonne,
    replace(cast(points_manquants as varchar), '.', ',') as valeur,
    numero_candidat, specialite
from marts.resultat_candidat
join reference.regime using (session)
where points is not null
  and 100 * points_manquants
      is distinct from greatest(admission_c * coefficients - 100 * points, 0)
