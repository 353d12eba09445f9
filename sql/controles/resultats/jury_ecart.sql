-- Grain : une ligne par décision du premier groupe où le jury s'écarte de la proposition
select
    jury.fichier, jury.ligne, 'decision' as colonne, jury.decision as valeur,
    concat('proposition : ', lower(replace(decision_calculee, '_', ' '))) as detail,
    numero_candidat, specialite
from staging.decision_jury as jury
join marts.resultat_candidat as resultat using (numero_candidat, specialite, session)
where jury.etape = 'premier_groupe' and jury.decision <> decision_calculee
