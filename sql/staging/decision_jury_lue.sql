-- Grain : une ligne par ligne lue dans un fichier de décisions de jury (rang), rien d'écarté
with
textes as (select rowid as rang, * exclude (supplement) from raw.decisions_jury),
formes as (
    select *,
           translate(lower(strip_accents(etape)), ' -', '__') as etape_minuscule,
           strip_accents(upper(decision))                     as decision_majuscule,
           strip_accents(upper(livret_examine))               as livret_majuscule
    from textes
),
codes_decision(ecrit, decision) as (
    values ('ADMIS', 'ADMIS'), ('ADMISE', 'ADMIS'), ('CONTROLE', 'CONTROLE'),
           ('REFUSE', 'REFUSE'), ('REFUSEE', 'REFUSE'), ('ELIMINE', 'ELIMINE'),
           ('ELIMINEE', 'ELIMINE')
)
select
    d.rang, d.fichier, d.ligne,
    coalesce(repares.numero_retenu, d.numero_candidat) as numero_candidat,
    upper(d.specialite)                              as specialite,
    case when regexp_full_match(d.session, '\d{4}(\.0+)?')
         then left(d.session, 4)::integer end        as session,
    d.session                                        as session_lue,
    case when d.etape is null then 'premier_groupe'
         when d.etape_minuscule in ('premier_groupe', 'controle')
         then d.etape_minuscule end                  as etape,
    d.etape                                          as etape_lue,
    codes_decision.decision,
    d.decision                                       as decision_lue,
    case when d.livret_majuscule in ('O', 'OUI') then 'O'
         when d.livret_majuscule in ('N', 'NON') then 'N'
         when regexp_full_match(d.livret_majuscule, 'AUCUN.*|SANS.*|ABSENT|NON FOURNI|PAS DE LIVRET')
         then 'AUCUN' end                            as livret,
    d.livret_examine                                 as livret_lu,
    d.motif,
    dates.jour                                       as date,
    d.date                                           as date_lue,
    dates.probleme                                   as probleme_date
from formes as d
left join staging.date_ecrite as dates on dates.ecrite = d.date
left join staging.numero_repare as repares on repares.numero_lu = d.numero_candidat
left join codes_decision on codes_decision.ecrit = d.decision_majuscule
