-- Grain : une ligne si la session entière dépasse la part de rejets admise, sinon aucune
with
total as (
    -- Ce qui est répété à l'identique, remplacé ou hors filtre n'est pas une faute : il ne compte pas.
    select sum(lignes_lues - coalesce(lignes_sans_faute, 0)) as lues,
           sum(lignes_rejetees - coalesce(lignes_sans_faute, 0)) as rejetees
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
