-- Grain : une ligne par spécialité, épreuve et type d'unité
select
    specialite,
    epreuve,
    type_unite,
    count(distinct row(dossier, session)) as nb_sessions,
    count(*) filter (where signal <> 'indisponible') as nb_juges,
    count(*) filter (where signal = 'signale') as nb_signales,
    (count(*) filter (where signal = 'signale'))
    / nullif(count(*) filter (where signal <> 'indisponible'), 0) as part_signales,
    avg(abs(ecart_retenu)) filter (where signal <> 'indisponible') as ecart_moyen
from ecart_en_vigueur
group by all
order by all
