-- Grain : une ligne par note (candidat, épreuve, type d'unité) harmonisée autrement que la réunion ne l'a décidé
-- Une note changée sans décision, ou qui ne vaut pas la note transmise plus le décalage décidé. À côté, la moyenne générale
-- qu'aurait le candidat avec la note décidée, et le seuil (10 ou 8) que la différence lui fait franchir.
with
notes as (select * from intermediate.harmonisation_note),

unites as (
    select * from marts.harmonisation_effet
    where suite_donnee in ('sans_decision', 'suivie_en_partie', 'non_suivie')
),

pas as (select pas_note from reference.parametre),

retenues as (select * from marts.note_retenue),

resultats as (select * from marts.resultat_candidat where points is not null),

suivantes as (
    select
        session, specialite, epreuve, type_unite, numero_candidat,
        arg_min(note, if(etape = 'harmonisee', 1, 2)) as note
    from notes
    where etape <> 'transmise'
    group by all
),

ecarts as (
    select
        notes.session, notes.specialite, notes.numero_candidat, notes.epreuve, notes.type_unite, notes.unite,
        notes.note as note_transmise,
        suivantes.note as note_harmonisee,
        greatest(0, least(20, notes.note + if(unites.decision = 'DECALAGE', unites.decalage_decide, 0)))::decimal(4, 2)
            as note_decidee,
        unites.decision, unites.decalage_decide, unites.suite_donnee,
        if(unites.decision = 'DECALAGE', pas.pas_note / 2, 0) as tolerance
    from notes
    join suivantes using (session, specialite, epreuve, type_unite, numero_candidat)
    join unites using (session, specialite, epreuve, type_unite, unite)
    cross join pas
    where notes.etape = 'transmise'
),

moyennes as (
    select
        ecarts.*,
        resultats.moyenne_generale,
        resultats.points,
        resultats.coefficients,
        resultats.points + retenues.coefficient * (ecarts.note_decidee - ecarts.note_harmonisee) as points_decides
    from ecarts
    left join resultats using (session, specialite, numero_candidat)
    left join retenues
        on retenues.session = ecarts.session and retenues.specialite = ecarts.specialite
        and retenues.numero_candidat = ecarts.numero_candidat and retenues.epreuve = ecarts.epreuve
        and retenues.note = ecarts.note_harmonisee and not retenues.est_facultative
    where abs(ecarts.note_harmonisee - ecarts.note_decidee) > ecarts.tolerance
)

select
    session, specialite, numero_candidat, epreuve, type_unite, unite,
    note_transmise, note_decidee, note_harmonisee, decision, decalage_decide, suite_donnee,
    moyenne_generale,
    case
        when (points >= 10 * coefficients) <> (points_decides >= 10 * coefficients) then 10
        when (points >= 8 * coefficients) <> (points_decides >= 8 * coefficients) then 8
    end as seuil_franchi
from moyennes
order by session, specialite, epreuve, type_unite, unite, numero_candidat
