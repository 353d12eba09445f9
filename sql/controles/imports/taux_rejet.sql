-- Grain : une ligne si la session entière dépasse la part de rejets admise, sinon aucune
with
total as (
    -- Un modèle CCF qu'un envoi plus récent remplace n'est pas une faute : il ne compte pas.
    select sum(lignes_lues) as lues, sum(lignes_rejetees) as rejetees
    from marts.bilan_import
    where remplace_par is null
)
select
    null::varchar as fichier,
    null::bigint as ligne,
    'lignes_rejetees' as colonne,
    concat(rejetees, ' sur ', lues) as valeur,
    concat('plafond ', replace(cast(100 * taux_rejet_maximal as varchar), '.', ','), ' %')
        as detail
from total
cross join reference.parametre
where rejetees > taux_rejet_maximal * lues
