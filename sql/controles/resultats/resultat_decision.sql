-- Grain : une ligne par résultat dont la décision calculée contredit la moyenne
select
    null::varchar as fichier, null::bigint as ligne, 'decision_calculee' as colonne,
    decision_calculee as valeur,
    concat(points, ' points pour ', coefficients, ' coefficients') as detail,
    numero_candidat, specialite
from marts.resultat_candidat
where (decision_calculee = 'ADMIS' and points < 10 * coefficients)
   or (decision_calculee in ('CONTROLE', 'REFUSE') and points >= 10 * coefficients)
