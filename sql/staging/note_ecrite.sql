-- Grain : une ligne par combinaison distincte de valeurs codées écrite dans les fichiers de notes
with
-- Des millions de notes n'écrivent que quelques milliers de combinaisons : on les comprend une fois.
distinctes as (
    select distinct specialite, session, epreuve, etape, mode, note, reserve, bareme from raw.notes
),
formes as (
    select *,
           upper(specialite)                                        as specialite_majuscule,
           replace(replace(upper(epreuve), ' ', ''), chr(160), '')  as epreuve_majuscule,
           lower(strip_accents(etape))                              as etape_minuscule,
           strip_accents(upper(mode))                               as mode_majuscule,
           upper(reserve)                                           as reserve_majuscule,
           regexp_replace(replace(note, ',', '.'), '^[''’]([0-9])', '\1')  as note_point,
           replace(upper(bareme), ',', '.')                         as bareme_point
    from distinctes
),
-- Une note se ramène d'un autre barème à 20 en entiers : ses dix-millièmes fois 20, sur les centièmes
-- du barème, donnent des centièmes justes ou pas de note.
entiers as (
    select *,
           case when bareme_point is null then 2000
                when regexp_full_match(
                    bareme_point, '(/|SUR )? ?\d{1,4}(\.\d{1,2}0*)?( ?(POINTS?|PTS?))?')
                then nullif((regexp_extract(bareme_point, '\d+(\.\d{1,2})?')::decimal(8, 2) * 100)
                            ::bigint, 0) end                            as centiemes_bareme,
           case when regexp_full_match(note_point, '\d{1,4}(\.\d{1,4}0*)?')
                then (regexp_extract(note_point, '\d+(\.\d{1,4})?')::decimal(12, 4) * 10000)
                     ::bigint end                                       as dix_milliemes
    from formes
),
comprises as (
    select
        entiers.specialite as specialite_lue, session as session_lue, entiers.epreuve as epreuve_lue,
        etape as etape_lue, mode as mode_lu, note as note_lue, reserve as reserve_lue, bareme as bareme_lu,
        centiemes_bareme,
        specialite_majuscule                                              as specialite,
        case when regexp_full_match(session, '\d{4}(\.0+)?')
             then left(session, 4)::integer end                           as session,
        coalesce(alias.epreuve, epreuve_majuscule)                        as epreuve,
        case when etape is null then 'definitive'
             when etape_minuscule in ('transmise', 'harmonisee', 'definitive', 'controle')
             then etape_minuscule end                                     as etape,
        -- Le texte est contrôlé avant d'être converti : une conversion seule arrondirait « 12,345 ».
        case when centiemes_bareme <> 2000
             then case when dix_milliemes <= centiemes_bareme * 100
                        and dix_milliemes * 20 % centiemes_bareme = 0
                       then ((dix_milliemes * 20 // centiemes_bareme)::decimal(6, 0)
                             * 0.01::decimal(3, 2))::decimal(4, 2) end
             when centiemes_bareme is null then null
             when regexp_full_match(note_point, '\d{1,2}(\.\d{1,2}0*)?')
              and left(note_point, 8)::decimal(9, 5) <= 20
             then left(note_point, 5)::decimal(4, 2) end                  as note,
        case when upper(note) in (select code from reference.code_note) then upper(note) end as code,
        case when mode is null and etape_minuscule = 'controle' then 'PONCTUEL'
             when mode_majuscule in ('PONCTUEL', 'CCF', 'BENEFICE', 'REPORT')
             then mode_majuscule end                                      as mode,
        case when reserve is null or reserve_majuscule in ('N', 'NON') then false
             when reserve_majuscule in ('O', 'OUI') then true end         as est_reserve
    from entiers
    left join reference.alias_epreuve as alias
        on alias.specialite = specialite_majuscule and alias.alias = epreuve_majuscule
)
select
    row_number() over (order by specialite_lue, session_lue, epreuve_lue, etape_lue, mode_lu,
                                note_lue, reserve_lue, bareme_lu)     as combinaison,
    -- Numérote ce qui fait la clé d'une note, le candidat mis à part ; NULL quand elle est incomplète.
    case when epreuve is not null and etape is not null
         then dense_rank() over (order by specialite, session, epreuve, etape) end as cle_epreuve,
    *
from comprises
