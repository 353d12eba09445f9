-- Grain : une ligne par candidat dont l'INE est celui d'un autre numéro
with
doubles as (
    select ine from staging.candidat where ine is not null group by ine having count(*) > 1
)
select fichier, ligne, 'ine' as colonne, ine as valeur, numero_candidat, specialite
from staging.candidat
semi join doubles using (ine)
