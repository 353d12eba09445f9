-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et demi-point (note arrondie au demi-point, au-dessus)
with
unites as (select * from intermediate.harmonisation_numero),

effectifs as (
    select id_unite, (floor(note * 2 + 0.5) / 2)::decimal(4, 1) as demi_point, count(*) as n
    from intermediate.harmonisation_notation
    group by all
)

select session, specialite, epreuve, etape, type_unite, unite, demi_point, n
from effectifs
join unites using (id_unite)
