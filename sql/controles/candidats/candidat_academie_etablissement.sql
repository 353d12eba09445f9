-- Grain : une ligne par candidat dont l'académie n'est pas celle de son établissement
with
academies as (
    select uai, any_value(academie) as academie
    from staging.etablissement
    where academie is not null
    group by uai
)
select
    fichier, ligne, 'academie' as colonne, candidat.academie as valeur,
    concat('établissement ', uai, ' : ', academies.academie) as detail,
    numero_candidat, specialite
from staging.candidat as candidat
join academies using (uai)
where strip_accents(upper(candidat.academie)) <> strip_accents(upper(academies.academie))
