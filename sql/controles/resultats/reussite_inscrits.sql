-- Grain : une ligne par spécialité dont le total des inscrits n'est pas celui de la liste
with
liste as (
    select session, specialite, count(distinct numero_candidat) as candidats
    from staging.candidat
    group by all
),
totaux as (
    select session, specialite, inscrits from marts.reussite where maille = 'total'
)
select
    null::varchar as fichier, null::bigint as ligne, 'inscrits' as colonne,
    concat(coalesce(inscrits, 0), ' au total, ', coalesce(candidats, 0), ' dans la liste')
        as valeur,
    specialite
from liste
full join totaux using (session, specialite)
where inscrits is distinct from candidats
