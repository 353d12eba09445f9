-- Grain : une ligne par résultat dont la décision calculée est inconnue
select
    null::varchar as fichier, null::bigint as ligne, 'decision_calculee' as colonne,
    decision_calculee as valeur, numero_candidat, specialite
from marts.resultat_candidat
where decision_calculee not in ('ADMIS', 'CONTROLE', 'REFUSE', 'ELIMINE', 'INCOMPLET', 'EN_COURS')
