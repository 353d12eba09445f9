-- Grain : une ligne par effectif de la circulaire que la liste ne retrouve pas
select
    null::varchar as fichier, null::bigint as ligne, maille as colonne, libelle as valeur,
    message as detail, uai
from marts.rapprochement_effectif
where ecart <> 0
