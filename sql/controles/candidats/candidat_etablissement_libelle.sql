-- Grain : une ligne par UAI écrit avec plusieurs noms d'établissement
with
-- les noms et alias déclarés d'un établissement n'en font qu'un
declares as (
    select uai, unnest(list_append(coalesce(alias, []), nom)) as nom_declare
    from staging.etablissement
),
graphies as (
    select
        candidat.uai, candidat.etablissement, min(candidat.fichier) as fichier,
        if(bool_or(nom_declare is not null), '', candidat.etablissement) as nom
    from staging.candidat as candidat
    left join declares
        on declares.uai = candidat.uai
        and upper(strip_accents(nom_declare)) = upper(strip_accents(candidat.etablissement))
    where candidat.uai is not null and candidat.etablissement is not null
    group by candidat.uai, candidat.etablissement
)
select
    min(fichier) as fichier, null::bigint as ligne, 'etablissement' as colonne,
    array_to_string(list(etablissement order by etablissement), ' / ') as valeur,
    uai
from graphies
group by uai
having count(distinct nom) > 1
