-- Grain : une ligne par ligne lue dans un fichier de décisions d'harmonisation (rang), rien d'écarté
with
textes as (select rowid as rang, * exclude (supplement) from raw.decisions_harmonisation),
-- Le fichier ne dit pas la spécialité : un code de la session l'emporte, un autre code vaut s'il n'en désigne qu'un.
autres_codes as (
    select alias, any_value(epreuve) as epreuve
    from reference.alias_epreuve
    where alias not in (select epreuve from reference.epreuve)
    group by alias
    having count(distinct epreuve) = 1
),
formes as (
    select * replace (replace(replace(upper(epreuve), ' ', ''), chr(160), '') as epreuve),
           lower(strip_accents(type_unite))                     as type_minuscule,
           strip_accents(upper(decision))                       as decision_majuscule,
           replace(replace(decalage, ',', '.'), chr(8722), '-') as decalage_point
    from textes
),
dates as (select ecrite, jour as comprise, probleme from staging.date_ecrite)
select
    d.rang, d.fichier, d.ligne, coalesce(autres_codes.epreuve, d.epreuve) as epreuve,
    coalesce(unites.retenue, d.unite) as unite,
    case when d.type_minuscule in ('etablissement', 'centre', 'commission', 'lot', 'correcteur')
         then d.type_minuscule end                              as type_unite,
    d.type_unite                                                as type_unite_lu,
    case when d.decision_majuscule in ('MAINTIEN', 'DECALAGE')
         then d.decision_majuscule end                          as decision,
    d.decision                                                  as decision_lue,
    case when regexp_full_match(d.decalage_point, '[+-]?\d{1,2}(\.\d{1,2}0*)?')
         then d.decalage_point::decimal(5, 2) end               as decalage,
    d.decalage                                                  as decalage_lu,
    d.motif, d.auteur,
    dates.comprise                                              as date,
    d.date                                                      as date_lue,
    accords.comprise                                            as accord,
    d.accord                                                    as accord_lu,
    coalesce(dates.probleme, accords.probleme)                  as probleme_date
from formes as d
left join autres_codes on autres_codes.alias = d.epreuve
left join staging.unite_ecrite as unites
    on unites.genre = d.type_minuscule and unites.ecrite = d.unite
left join dates on dates.ecrite = d.date
left join dates as accords on accords.ecrite = d.accord
