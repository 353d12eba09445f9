-- Grain : une ligne par établissement sans habilitation
select fichier, ligne, 'ccf' as colonne, null::varchar as valeur, uai
from staging.etablissement
where ccf is null
