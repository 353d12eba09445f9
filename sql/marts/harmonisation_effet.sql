-- Grain : une ligne par session, spécialité, épreuve, type d'unité et unité dont des notes ont une étape « transmise » et une suivante
-- Ce qui a été décidé, ce qui a été fait. On compare, candidat par candidat, la note transmise à la note harmonisée (à défaut
-- d'étape « harmonisee », à la note définitive). La décision est conforme si chaque note vaut la note transmise plus le
-- décalage décidé, bornée à [0 ; 20], à un demi-pas d'arrondi près ; sans décision, une note changée n'est pas conforme, sauf
-- si la décision nommée d'une autre unité de la même note (son centre, sa commission) l'explique.
with
notes as (select * from intermediate.note_decidee),

decisions as (select * from intermediate.decision_unite),

couples as (
    select
        session, specialite, epreuve, type_unite, unite, note_avant, note_apres, est_expliquee,
        est_conforme or est_expliquee as est_conforme,
        count(*) as nb
    from notes
    group by all
),

couples_epreuve as (
    select session, specialite, epreuve, type_unite, note_avant, note_apres, sum(nb) as nb
    from couples
    group by all
),

-- Paires de candidats dont l'ordre s'inverse strictement ; celles de deux candidats de l'unité sont vues deux fois.
inversions as (
    select
        premier.session, premier.specialite, premier.epreuve, premier.type_unite, premier.unite,
        sum(premier.nb * second.nb) as nb
    from couples as premier
    join couples_epreuve as second
        on premier.session = second.session and premier.specialite = second.specialite
        and premier.epreuve = second.epreuve and premier.type_unite = second.type_unite
        and sign(premier.note_avant - second.note_avant) * sign(premier.note_apres - second.note_apres) = -1
    group by all
),

inversions_internes as (
    select
        premier.session, premier.specialite, premier.epreuve, premier.type_unite, premier.unite,
        sum(premier.nb * second.nb) / 2 as nb
    from couples as premier
    join couples as second
        on premier.session = second.session and premier.specialite = second.specialite
        and premier.epreuve = second.epreuve and premier.type_unite = second.type_unite
        and premier.unite = second.unite
        and sign(premier.note_avant - second.note_avant) * sign(premier.note_apres - second.note_apres) = -1
    group by all
),

unites as (
    select
        session, specialite, epreuve, type_unite, unite,
        sum(nb)::bigint as nb_notes,
        coalesce(sum(nb) filter (where note_avant <> note_apres), 0)::bigint as nb_modifiees,
        coalesce(sum(nb) filter (where note_avant <> note_apres and not est_expliquee), 0)::bigint as nb_a_expliquer,
        coalesce(sum(nb) filter (where est_conforme), 0)::bigint as nb_conformes,
        sum(nb * note_avant)::double / sum(nb) as moyenne_transmise,
        sum(nb * note_apres)::double / sum(nb) as moyenne_harmonisee
    from couples
    group by session, specialite, epreuve, type_unite, unite
),

-- Les notes dont une étape suivante a été reçue : une note seulement reconduite ne dit pas que la décision a été suivie.
recues as (
    select session, specialite, epreuve, type_unite, unite, count(distinct numero_candidat) as nb
    from intermediate.unite_note
    semi join unites using (session, specialite, epreuve, type_unite, unite)
    join staging.note using (session, specialite, epreuve, numero_candidat, fichier, ligne)
    where etape in ('harmonisee', 'definitive')
    group by all
)

select
    session, specialite, epreuve, type_unite, unite, nb_notes, nb_modifiees,
    moyenne_transmise, moyenne_harmonisee,
    moyenne_harmonisee - moyenne_transmise as decalage_constate,
    decisions.decision,
    decisions.decalage as decalage_decide,
    decisions.motif as motif_decision,
    case
        when decisions.decision is not null then nb_conformes = nb_notes
        when nb_a_expliquer > 0 then false
    end as decision_conforme,
    (coalesce(inversions.nb, 0) - coalesce(inversions_internes.nb, 0))::bigint as rangs_inverses,
    -- Variance entre unités des moyennes brutes, avant et après : la même sur toutes les lignes d'une épreuve. L'ordre est dit
    -- pour que la même somme de nombres à virgule flottante se fasse à chaque calcul.
    var_pop(moyenne_transmise) over epreuve as variance_unites_transmise,
    var_pop(moyenne_harmonisee) over epreuve as variance_unites_harmonisee,
    coalesce(decisions.est_commune, false) as est_commune,
    nb_conformes,
    coalesce(recues.nb, 0) as nb_recues,
    case
        when decisions.decision is null then if(nb_a_expliquer > 0, 'sans_decision', 'aucune')
        when decisions.decision = 'DECALAGE' and coalesce(recues.nb, 0) = 0 then 'a_reporter'
        when nb_conformes = nb_notes then if(decisions.decision = 'MAINTIEN', 'maintenue', 'suivie')
        when nb_conformes > 0 then 'suivie_en_partie'
        else 'non_suivie'
    end as suite_donnee
from unites
left join decisions using (session, specialite, epreuve, type_unite, unite)
left join recues using (session, specialite, epreuve, type_unite, unite)
left join inversions using (session, specialite, epreuve, type_unite, unite)
left join inversions_internes using (session, specialite, epreuve, type_unite, unite)
window epreuve as (
    partition by session, specialite, epreuve, type_unite
    order by unite rows between unbounded preceding and unbounded following
)
order by session, specialite, epreuve, type_unite, unite
