-- Grain : une ligne par combinaison distincte de valeurs codées écrite dans les fichiers de notes
with
-- Des millions de notes n'écrivent que quelques milliers de combinaisons : on les comprend une fois.
distinctes as (
    select distinct specialite, session, epreuve, etape, mode, note, reserve from raw.notes
),
formes as (
    select *,
           upper(specialite)                                        as specialite_majuscule,
           replace(replace(upper(epreuve), ' ', ''), chr(160), '')  as epreuve_majuscule,
           lower(strip_accents(etape))                              as etape_minuscule,
           strip_accents(upper(mode))                               as mode_majuscule,
           upper(reserve)                                           as reserve_majuscule,
           replace(note, ',', '.')                                  as note_point
    from distinctes
),
comprises as (
    select
        specialite as specialite_lue, session as session_lue, epreuve as epreuve_lue,
        etape as etape_lue, mode as mode_lu, note as note_lue, reserve as reserve_lue,
        specialite_majuscule                                              as specialite,
        case when regexp_full_match(session, '\d{4}(\.0+)?')
             then left(session, 4)::integer end                           as session,
        epreuve_majuscule                                                 as epreuve,
        case when etape is null then 'definitive'
             when etape_minuscule in ('transmise', 'harmonisee', 'definitive', 'controle')
             then etape_minuscule end                                     as etape,
        -- Le texte est contrôlé avant d'être converti : une conversion seule arrondirait « 12,345 ».
        case when regexp_full_match(note_point, '\d{1,2}(\.\d{1,2}0*)?')
              and left(note_point, 8)::decimal(9, 5) <= 20
             then left(note_point, 5)::decimal(4, 2) end                  as note,
        case when upper(note) in ('AB', 'AJ', 'NV', 'DI') then upper(note) end as code,
        case when mode is null and etape_minuscule = 'controle' then 'PONCTUEL'
             when mode_majuscule in ('PONCTUEL', 'CCF', 'BENEFICE', 'REPORT')
             then mode_majuscule end                                      as mode,
        case when reserve is null or reserve_majuscule in ('N', 'NON') then false
             when reserve_majuscule in ('O', 'OUI') then true end         as est_reserve
    from formes
)
select
    row_number() over (order by specialite_lue, session_lue, epreuve_lue, etape_lue, mode_lu,
                                note_lue, reserve_lue)                as combinaison,
    -- Numérote ce qui fait la clé d'une note, le candidat mis à part ; NULL quand elle est incomplète.
    case when epreuve is not null and etape is not null
         then dense_rank() over (order by specialite, session, epreuve, etape) end as cle_epreuve,
    *
from comprises
