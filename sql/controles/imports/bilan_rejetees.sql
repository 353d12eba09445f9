-- Grain : une ligne par fichier dont les lignes rejetées n'ont pas toutes un motif
with
annonces as (
    select
        fichier,
        sum(lignes_rejetees) as nb_annoncees,
        bool_or(unite_compte = 'cellule') as est_large
    from marts.bilan_import
    group by fichier
),
motivees as (
    select fichier, count(distinct ligne) as nb_lignes
    from marts.rejet
    -- un rejet sans rang tient à l'en-tête ou au fichier entier, pas à une ligne de données
    anti join (select fichier, ligne from raw.rejet where rang is null) using (fichier, ligne)
    where ligne is not null
    group by fichier
)
select
    fichier,
    null::bigint as ligne,
    'lignes_rejetees' as colonne,
    concat(nb_annoncees, ' annoncées, ', coalesce(nb_lignes, 0), ' avec un motif') as valeur
from annonces
left join motivees using (fichier)
-- dans un modèle large, l'unité est la cellule : une ligne du fichier en porte plusieurs
where not coalesce(est_large, false)
  and nb_annoncees is distinct from coalesce(nb_lignes, 0)
