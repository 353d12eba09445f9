-- Grain : une ligne par fichier dont le compte est faux
select
    fichier,
    null::bigint as ligne,
    'lignes_lues' as colonne,
    concat(lignes_lues, ' lues, ', lignes_chargees, ' chargées, ', lignes_rejetees, ' rejetées')
        as valeur
from marts.bilan_import
where lignes_lues is distinct from lignes_chargees + lignes_rejetees
