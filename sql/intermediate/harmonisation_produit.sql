-- Grain : une ligne par groupe de candidats et paire d'ancres (nombres)
-- Sommes et produits des notes des deux ancres, en centièmes (c) : ce sont des entiers. Une fois par groupe, pour toutes ses
-- unités.
with
copies as (
    select candidat, groupe, id_ancre, (note * 100)::integer as c
    from intermediate.harmonisation_copie
    join intermediate.harmonisation_groupe using (candidat)
)

select
    premiere.groupe, premiere.id_ancre, seconde.id_ancre as id_ancre_b,
    count(*) as n,
    sum(premiere.c)::bigint as x,
    sum(seconde.c)::bigint as x_b,
    sum(premiere.c * seconde.c)::bigint as xx,
    sum(premiere.c * premiere.c)::bigint as x2,
    sum(seconde.c * seconde.c)::bigint as x2_b
from copies as premiere
join copies as seconde on premiere.candidat = seconde.candidat and premiere.id_ancre < seconde.id_ancre
group by premiere.groupe, premiere.id_ancre, seconde.id_ancre
order by premiere.groupe
