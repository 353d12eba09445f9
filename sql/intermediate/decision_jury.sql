-- Grain : une ligne par candidat, spécialité et session pour qui le jury a décidé
with

decisions as (select * from staging.decision_jury)

select
    numero_candidat,
    specialite,
    session,
    max(decision) filter (where etape is distinct from 'controle') as decision_premier_groupe,
    max(decision) filter (where etape = 'controle') as decision_controle,
    max(motif) filter (where etape is distinct from 'controle') as motif_premier_groupe,
    max(motif) filter (where etape = 'controle') as motif_controle,
    -- CE D643-26 protège qui a fourni un livret : examiné à l'une des étapes, ou aucun de fourni.
    coalesce(bool_or(livret in ('O', 'AUCUN')), false) as est_livret_regle

from decisions
group by all
