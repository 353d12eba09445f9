-- Grain : une ligne par établissement et nom qu'un autre établissement porte aussi
with
noms as (
    select
        fichier, ligne, uai,
        unnest(list_append(coalesce(alias, []), nom)) as appellation
    from staging.etablissement
),
normes as (
    select distinct *, upper(strip_accents(appellation)) as norme from noms
    where appellation is not null
),
ambigus as (
    select norme from normes group by norme having count(distinct uai) > 1
)
select fichier, ligne, 'nom' as colonne, appellation as valeur, uai
from normes
semi join ambigus using (norme)
