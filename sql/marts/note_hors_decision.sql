-- Grain : une ligne par note (candidat, épreuve) harmonisée autrement que la réunion ne l'a décidé
-- Une note changée sans décision, ou qui ne vaut pas la note transmise plus le décalage décidé. À côté, ce que la règle propose
-- avec les notes retenues, et ce qu'elle proposerait si toutes celles du candidat suivaient la réunion : les seuils des deux
-- moyennes, générale et professionnelle, comparés exactement. Seules comptent les notes obligatoires.
with
notes as (select * from intermediate.note_decidee),

unites as (select * from marts.harmonisation_effet),

retenues as (select * from marts.note_retenue where not est_facultative),

resultats as (select * from marts.resultat_candidat),

regimes as (select * from reference.regime),

parametres as (select controle_forme_progressive from reference.parametre),

-- Une note qui a un centre et une commission n'est dite qu'une fois, par l'unité dont la réunion a décidé.
ecarts as (
    select notes.*, unites.suite_donnee
    from notes
    join unites using (session, specialite, epreuve, type_unite, unite)
    where not notes.est_conforme and not notes.est_expliquee
    qualify row_number() over (
        partition by session, specialite, epreuve, numero_candidat
        order by notes.decision is null, notes.est_commune, type_unite, unite
    ) = 1
),

differences as (
    select
        ecarts.session, ecarts.specialite, ecarts.numero_candidat,
        sum(retenues.coefficient * (ecarts.note_decidee - ecarts.note_apres)) as points,
        sum(retenues.coefficient * (ecarts.note_decidee - ecarts.note_apres))
            filter (where retenues.domaine = 'professionnel') as points_professionnels
    from ecarts
    join retenues
        on retenues.session = ecarts.session and retenues.specialite = ecarts.specialite
        and retenues.numero_candidat = ecarts.numero_candidat and retenues.epreuve = ecarts.epreuve
        and retenues.note = ecarts.note_apres
    group by all
),

-- Les candidats dont la règle ne dépend que des points : ni absence, ni note manquante.
issues as (
    select
        resultats.session, resultats.specialite, resultats.numero_candidat,
        resultats.moyenne_generale,
        resultats.decision_calculee,
        case
            when 100 * (resultats.points + differences.points) >= regimes.admission_c * resultats.coefficients then 'ADMIS'
            when regimes.controle = 'exceptionnel' then 'CONTROLE'
            when regimes.controle = 'aucun' then 'REFUSE'
            when 100 * (resultats.points + differences.points) < regimes.appel_c * resultats.coefficients then 'REFUSE'
            when resultats.coefficients_professionnels is null or resultats.coefficients_professionnels = 0 then 'REFUSE'
            when 100 * (resultats.points_professionnels + coalesce(differences.points_professionnels, 0))
                < regimes.professionnelle_c * resultats.coefficients_professionnels then 'REFUSE'
            when resultats.forme = 'PROGRESSIVE' and not coalesce(controle_forme_progressive, true) then 'REFUSE'
            else 'CONTROLE'
        end as decision_si_suivie
    from resultats
    join differences using (session, specialite, numero_candidat)
    join regimes using (session)
    cross join parametres
    where resultats.decision_calculee in ('ADMIS', 'CONTROLE', 'REFUSE')
)

select
    ecarts.session, ecarts.specialite, ecarts.numero_candidat, ecarts.epreuve, ecarts.type_unite, ecarts.unite,
    ecarts.note_avant as note_transmise,
    ecarts.note_decidee,
    ecarts.note_apres as note_harmonisee,
    ecarts.decision,
    if(ecarts.decision = 'DECALAGE', ecarts.decalage, null) as decalage_decide,
    ecarts.suite_donnee,
    issues.moyenne_generale,
    issues.decision_calculee,
    issues.decision_si_suivie,
    coalesce(issues.decision_si_suivie <> issues.decision_calculee, false) as change_de_decision
from ecarts
left join issues using (session, specialite, numero_candidat)
order by session, specialite, epreuve, numero_candidat
