-- Grain : une ligne par spécialité et maille dont la somme n'est pas le total
with
sommes as (
    select
        session, specialite, maille,
        sum(inscrits) as inscrits, sum(presents) as presents, sum(admis) as admis
    from marts.reussite
    where maille <> 'total'
    group by all
),
totaux as (
    select session, specialite, inscrits, presents, admis
    from marts.reussite
    where maille = 'total'
)
select
    null::varchar as fichier, null::bigint as ligne, sommes.maille as colonne,
    concat(sommes.inscrits, ' / ', sommes.presents, ' / ', sommes.admis) as valeur,
    concat('total ', totaux.inscrits, ' / ', totaux.presents, ' / ', totaux.admis) as detail,
    specialite
from sommes
left join totaux using (session, specialite)
where (sommes.inscrits, sommes.presents, sommes.admis)
    is distinct from (totaux.inscrits, totaux.presents, totaux.admis)
