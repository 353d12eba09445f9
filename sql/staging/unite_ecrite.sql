-- Grain : une ligne par genre d'unité (centre, commission, etablissement, lot, correcteur) et graphie lue
with
-- Une même unité s'écrit de plusieurs façons : on compare sans casse, accents, blancs, apostrophes ni
-- zéros de tête, et « Commission 1 » est « 1 ». La graphie la plus fréquente est retenue.
ecrites as (
    select 'centre' as genre, centre as ecrite, count(*) as nb, null as officiel
    from raw.notes group by all
    union all
    select 'commission', commission, count(*), null from raw.notes group by all
    union all
    select 'lot', lot, count(*), null from raw.notes group by all
    union all
    select 'correcteur', correcteur, count(*), null from raw.notes group by all
    union all
    select 'centre', centre_ecrit, count(*), null from raw.candidats group by all
    union all
    select 'etablissement', etablissement, count(*), null from raw.candidats group by all
    union all
    select lower(strip_accents(type_unite)), unite, 0, null from raw.decisions_harmonisation
    union all
    select genres.genre, unnest(list_prepend(nom, alias)), 0, nom
    from staging.etablissement_lu
    cross join (values ('centre'), ('etablissement')) as genres(genre)
),
graphies as (
    select genre, ecrite, sum(nb)::bigint as nb, min(officiel) as officiel,
           upper(regexp_replace(ecrite, '[^A-Za-z0-9]', '', 'g')) as compacte,
           trim(regexp_replace(
               lower(strip_accents(replace(replace(
                   regexp_replace(ecrite, '^(\d+)[.,]0+$', '\1'), 'œ', 'oe'), 'Œ', 'oe'))),
               '[^a-z0-9]+', ' ', 'g')) as mots
    from ecrites
    where ecrite is not null and ecrite not in (select texte from staging.erreur_formule)
    group by genre, ecrite
),
plis as (
    select *,
           regexp_full_match(compacte, '\d{6,7}[A-Z]') and genre in ('centre', 'etablissement') as est_uai,
           regexp_replace(
               case genre
                   when 'commission' then regexp_replace(
                       mots, '^(sous )?(commissions?|comm?|jurys?|groupes?)? ?(no?|numero|num)? ?(\d+)$',
                       '\4')
                   when 'lot' then regexp_replace(mots, '^(lots?)? ?(no?|numero|num)? ?(\d+)$', '\3')
                   else mots end,
               '\b0+(\d)', '\1', 'g') as pli
    from graphies
),
cles as (
    select genre, ecrite, nb, est_uai, officiel, compacte,
           case when est_uai then lpad(compacte, 8, '0')
                when pli = '' then ecrite
                else pli end as cle
    from plis
),
-- Le fichier des établissements dit quelles graphies sont le même lieu.
officielles as (
    select alias.genre, alias.cle, min(noms.cle) as cle_officielle
    from cles as alias
    join cles as noms on noms.genre = alias.genre and noms.ecrite = alias.officiel
    group by alias.genre, alias.cle
    having count(distinct noms.cle) = 1
),
groupes as (
    select cles.*, coalesce(officielles.cle_officielle, cles.cle) as groupe
    from cles
    left join officielles using (genre, cle)
)
select
    genre, ecrite, groupe as cle, nb,
    if(est_uai, groupe,
       first_value(ecrite) over (
           partition by genre, groupe order by nb desc, length(ecrite), ecrite)) as retenue
from groupes
