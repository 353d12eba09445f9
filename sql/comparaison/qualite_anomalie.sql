-- Grain : une ligne par règle de qualité qu'au moins une ligne enfreint, avant ou après
with

comptes_avant as (

    select gravite as nature, regle, count(*) as nb from avant.marts.anomalie group by all

),

comptes_apres as (

    select gravite as nature, regle, count(*) as nb from apres.marts.anomalie group by all

)

select
    nature,
    regle,
    coalesce(comptes_avant.nb, 0) as avant,
    coalesce(comptes_apres.nb, 0) as apres
from comptes_avant
full join comptes_apres using (nature, regle)
