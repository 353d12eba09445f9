-- Grain : une ligne par numéro de candidat écrit autrement qu'il n'est retenu, dans quelque fichier que ce soit
with
-- Un tableur qui prend un numéro pour un nombre en perd les zéros de tête et y met « .0 » ; un export
-- y met une apostrophe ou des espaces. Quand un seul candidat porte ce numéro aux zéros près, c'est lui.
ecrits as (
    select numero_candidat as numero_lu, true as est_de_la_liste from raw.candidats
    union all
    select distinct numero_candidat, false from raw.notes
    union all
    select numero_candidat, false from raw.decisions_jury
),
distincts as (
    select numero_lu, bool_or(est_de_la_liste) as est_de_la_liste
    from ecrits
    where numero_lu is not null
    group by numero_lu
),
nettoyes as (
    select *,
           regexp_replace(
               regexp_replace(numero_lu, '[\s''’‘"\x{00A0}\x{2007}\x{2009}\x{202F}]', '', 'g'),
               '^(\d+)[.,]0+$', '\1') as nettoye
    from distincts
),
cles as (
    select *,
           if(regexp_full_match(nettoye, '\d+'), ltrim(nettoye, '0'), nettoye) as cle
    from nettoyes
),
-- Presque tous les numéros ne s'écrivent que d'une façon : les autres seuls sont à rapprocher.
a_rapprocher as (
    select cle
    from cles
    group by cle
    having count(*) > 1 or bool_or(numero_lu <> nettoye)
),
formes as (
    select cle,
           count(distinct nettoye) filter (est_de_la_liste) as nb_dans_la_liste,
           max(nettoye) filter (est_de_la_liste)            as de_la_liste,
           arg_max(nettoye, (length(nettoye), nettoye))     as la_plus_longue
    from cles
    semi join a_rapprocher using (cle)
    group by cle
),
-- La liste qui a ses zéros de tête fait foi ; celle qui n'en a pas les retrouve dans les autres fichiers.
retenus as (
    select cles.numero_lu, cles.nettoye,
           case when formes.nb_dans_la_liste <> 1       then cles.nettoye
                when starts_with(formes.de_la_liste, '0') then formes.de_la_liste
                else formes.la_plus_longue end as numero_retenu
    from cles
    join formes using (cle)
)
select numero_lu, numero_retenu,
       if(numero_lu = nettoye, 'zeros_de_tete', 'numero_nettoye') as regle
from retenus
where numero_lu <> numero_retenu
