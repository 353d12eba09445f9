-- Grain : une ligne par candidat (nombre) dont une note est étudiée
-- Un groupe : les candidats que les mêmes unités ont notés et qui ont les mêmes ancres, corrigées par les mêmes académies. Ce
-- qui ne dépend que des ancres se somme par groupe, une fois pour toutes ses unités. Son nombre est le premier de ses candidats.
with
notes as (
    select candidat, list_sort(list(id_unite)) as unites
    from intermediate.harmonisation_notation
    group by candidat
),

copies as (
    select
        candidat, list_sort(list(ancre)) as ancres, any_value(correcteurs) as correcteurs,
        count(*) as nb_ancres, sum(note) as somme_ancres
    from intermediate.harmonisation_copie
    group by candidat
),

candidats as (
    select
        candidat, unites, coalesce(ancres, []) as ancres, coalesce(correcteurs, '') as correcteurs,
        coalesce(nb_ancres, 0) as nb_ancres, coalesce(somme_ancres, 0) as somme_ancres
    from notes
    left join copies using (candidat)
),

groupes as (select unites, ancres, correcteurs, min(candidat) as groupe from candidats group by all)

select candidat, groupe, nb_ancres, somme_ancres
from candidats
join groupes using (unites, ancres, correcteurs)
