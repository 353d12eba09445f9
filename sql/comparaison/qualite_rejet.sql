-- Grain : une ligne par motif de rejet, et une pour les lignes lues, chargées et rejetées
with

comptes_avant as (

    select 'rejet' as nature, regle, count(*) as nb from avant.marts.rejet group by all
    union all
    select 'import', 'lignes_lues', sum(lignes_lues) from avant.marts.bilan_import
    union all
    select 'import', 'lignes_chargees', sum(lignes_chargees) from avant.marts.bilan_import
    union all
    select 'import', 'lignes_rejetees', sum(lignes_rejetees) from avant.marts.bilan_import

),

comptes_apres as (

    select 'rejet' as nature, regle, count(*) as nb from apres.marts.rejet group by all
    union all
    select 'import', 'lignes_lues', sum(lignes_lues) from apres.marts.bilan_import
    union all
    select 'import', 'lignes_chargees', sum(lignes_chargees) from apres.marts.bilan_import
    union all
    select 'import', 'lignes_rejetees', sum(lignes_rejetees) from apres.marts.bilan_import

)

select
    nature,
    regle,
    cast(coalesce(comptes_avant.nb, 0) as bigint) as avant,
    cast(coalesce(comptes_apres.nb, 0) as bigint) as apres
from comptes_avant
full join comptes_apres using (nature, regle)
