-- Grain : une ligne par établissement dont l'UAI est présent plusieurs fois
with
doubles as (
    select uai from staging.etablissement where uai is not null group by uai having count(*) > 1
)
select fichier, ligne, 'uai' as colonne, uai as valeur, uai
from staging.etablissement
semi join doubles using (uai)
