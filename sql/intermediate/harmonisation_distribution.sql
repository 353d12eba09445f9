-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité, unité et demi-point (note arrondie au demi-point, au-dessus)
with
notes as (select * from intermediate.harmonisation_note)

select
    session, specialite, epreuve, etape, type_unite, unite,
    (floor(note * 2 + 0.5) / 2)::decimal(4, 1) as demi_point,
    count(*) as n
from notes
group by all
