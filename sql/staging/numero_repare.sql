-- Grain : une ligne par numéro de candidat écrit dans les notes sans ses zéros de tête
with
-- Un tableur qui prend un numéro pour un nombre en perd les zéros de tête : quand un seul candidat
-- porte ce numéro aux zéros près, c'est lui.
absents as materialized (
    select distinct numero_candidat as numero_lu
    from raw.notes
    anti join staging.candidat using (numero_candidat)
    where numero_candidat is not null
),
connus as (
    select ltrim(numero_candidat, '0') as sans_zeros, any_value(numero_candidat) as numero_retenu
    from staging.candidat
    where ltrim(numero_candidat, '0') in (select ltrim(numero_lu, '0') from absents)
    group by all
    having count(distinct numero_candidat) = 1
)
select absents.numero_lu, connus.numero_retenu
from absents
join connus on connus.sans_zeros = ltrim(absents.numero_lu, '0')
where regexp_full_match(absents.numero_lu, '\d+')
