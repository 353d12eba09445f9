-- Grain : une ligne par candidat dont le numéro est inscrit plusieurs fois
with
doubles as (
    select numero_candidat
    from staging.candidat
    where numero_candidat is not null
    group by numero_candidat
    having count(*) > 1
)
select
    fichier, ligne, 'numero_candidat' as colonne, numero_candidat as valeur,
    numero_candidat, specialite
from staging.candidat
semi join doubles using (numero_candidat)
