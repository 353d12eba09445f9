-- Grain : une ligne par note (candidat, épreuve, type d'unité) transmise puis suivie d'une étape harmonisée ou définitive
-- Ce que la réunion en a décidé par cette unité, et si la note le suit : la note transmise plus le décalage décidé, bornée à
-- [0 ; 20], à un demi-pas d'arrondi près. Une note a parfois un centre et une commission : quand la réunion a nommé l'un, c'est
-- lui qui dit si elle est suivie, et l'autre n'a rien à expliquer (est_expliquee).
with
notes as (select * from intermediate.harmonisation_note),

decisions as (select * from intermediate.decision_unite),

parametre as (select pas_note from reference.parametre),

suivantes as (
    select
        session, specialite, epreuve, type_unite, numero_candidat,
        arg_min(note, etapes.rang) as note_apres
    from notes
    join reference.etape_note as etapes using (etape)
    where etape <> 'transmise'
    group by all
),

paires as (
    select
        notes.session, notes.specialite, notes.epreuve, notes.type_unite, notes.unite, notes.numero_candidat,
        notes.note as note_avant, suivantes.note_apres,
        decisions.decision, decisions.decalage, coalesce(decisions.est_commune, false) as est_commune,
        greatest(0, least(20, notes.note + if(decisions.decision = 'DECALAGE', decisions.decalage, 0)))
            ::decimal(4, 2) as note_decidee,
        if(decisions.decision = 'DECALAGE', parametre.pas_note / 2, 0) as tolerance
    from notes
    join suivantes using (session, specialite, epreuve, type_unite, numero_candidat)
    cross join parametre
    left join decisions using (session, specialite, epreuve, type_unite, unite)
    where notes.etape = 'transmise'
),

-- Les types d'unité qui ont une décision nommée sur la note, et ceux dont elle dit ce que la note est devenue.
nommees as (
    select
        session, specialite, epreuve, numero_candidat,
        list(type_unite) as types,
        list(type_unite) filter (where abs(note_apres - note_decidee) <= tolerance) as types_suivis
    from paires
    where decision is not null and not est_commune
    group by all
)

select
    paires.* exclude (tolerance),
    abs(note_apres - note_decidee) <= tolerance as est_conforme,
    coalesce(len(list_filter(types_suivis, lambda t : t <> type_unite)) > 0, false)
    or (
        (decision is null or est_commune)
        and coalesce(len(list_filter(types, lambda t : t <> type_unite)) > 0, false)
    ) as est_expliquee
from paires
left join nommees using (session, specialite, epreuve, numero_candidat)
