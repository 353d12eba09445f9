-- Grain : une ligne par résultat dont la décision calculée contredit la moyenne
select
    null::varchar as fichier, null::bigint as ligne, 'decision_calculee' as colonne,
    decision_calculee as valeur,
    concat(points, ' points pour ', coefficients, ' coefficients') as detail,
    numero_candidat, specialite
from marts.resultat_candidat
join reference.regime using (session)
where (decision_calculee = 'ADMIS' and 100 * points < admission_c * coefficients)
   or (decision_calculee in ('CONTROLE', 'REFUSE') and 100 * points >= admission_c * coefficients)
