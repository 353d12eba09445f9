-- Grain : une ligne par candidat (nombre) dont une note est étudiée
-- Un groupe : les candidats que les mêmes unités ont notés et qui ont les mêmes ancres, corrigées par les mêmes académies. Ce
-- qui ne dépend que des ancres se somme par groupe, une fois pour toutes ses unités. Un profil : les mêmes analyses et les
-- mêmes ancres, bien moins nombreux. Leur nombre est le premier de leurs candidats.
with
notes as (
    select candidat, list_sort(list(id_unite)) as unites, list_sort(list(id_analyse)) as analyses
    from intermediate.harmonisation_notation
    group by candidat
),

copies as (
    select candidat, list_sort(list(id_ancre)) as ancres, count(*) as nb_ancres, sum(note) as somme_ancres
    from intermediate.harmonisation_copie
    group by candidat
),

candidats as (
    select
        candidat, unites, analyses, coalesce(ancres, []) as ancres,
        coalesce(nb_ancres, 0) as nb_ancres, coalesce(somme_ancres, 0) as somme_ancres
    from notes
    left join copies using (candidat)
),

groupes as (
    select unites, ancres, any_value(analyses) as analyses, min(candidat) as groupe
    from candidats
    group by unites, ancres
),

profils as (
    select unites, ancres, groupe, min(groupe) over (partition by analyses, ancres) as profil
    from groupes
)

select candidat, groupe, profil, nb_ancres, somme_ancres
from candidats
join profils using (unites, ancres)
order by candidat
