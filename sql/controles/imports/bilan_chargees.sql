-- Grain : une ligne par fichier dont les lignes chargées ne sont pas celles de l'entrepôt
with
lignes as (
    select 'candidats' as type_fichier, fichier from staging.candidat
    union all
    select 'notes', fichier from staging.note
    union all
    select 'etablissements', fichier from staging.etablissement
    union all
    select 'decisions_jury', fichier from staging.decision_jury
    union all
    select 'decisions_harmonisation', fichier from staging.decision_harmonisation
),
presentes as (
    select type_fichier, fichier, count(*) as nb_lignes from lignes group by all
)
select
    bilan.fichier,
    null::bigint as ligne,
    'lignes_chargees' as colonne,
    concat(bilan.lignes_chargees, ' annoncées, ', coalesce(nb_lignes, 0), ' dans l''entrepôt')
        as valeur
from marts.bilan_import as bilan
left join presentes using (type_fichier, fichier)
where bilan.lignes_chargees is distinct from coalesce(nb_lignes, 0)
