-- Grain : une ligne par résultat dont les points ne sont pas ceux des notes retenues
with
obligatoires as (
    select
        session, specialite, numero_candidat,
        sum(coefficient * coalesce(note, 0)) as points,
        sum(coefficient) as coefficients
    from marts.note_retenue
    where not est_facultative and not coalesce(est_dispensee, false)
    group by all
),
-- les meilleures épreuves facultatives, en nombre limité
facultatives as (
    select
        session, specialite, numero_candidat,
        coefficient * greatest(note - cast(facultative_c * 0.01::decimal(3, 2) as decimal(4, 2)), 0)
            as points
    from marts.note_retenue
    join reference.regime as r using (session)
    left join reference.specialite as s using (specialite)
    where est_facultative and note is not null
    qualify row_number() over (
        partition by session, specialite, numero_candidat order by points desc
    ) <= coalesce(s.facultatives_maximales, r.facultatives_maximales)
),
supplements as (
    select session, specialite, numero_candidat, sum(points) as supplement
    from facultatives
    group by all
),
attendus as (
    select * replace (points + coalesce(supplement, 0) as points)
    from obligatoires
    left join supplements using (session, specialite, numero_candidat)
)
select
    null::varchar as fichier, null::bigint as ligne, 'points' as colonne,
    concat(resultat.points, ' / ', resultat.coefficients) as valeur,
    concat('attendu ', attendus.points, ' / ', attendus.coefficients) as detail,
    numero_candidat, specialite
from marts.resultat_candidat as resultat
left join attendus using (session, specialite, numero_candidat)
where resultat.points is not null
  and (resultat.points is distinct from attendus.points
       or resultat.coefficients is distinct from attendus.coefficients)
