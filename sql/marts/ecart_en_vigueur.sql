-- Grain : une ligne par session, spécialité, épreuve, type d'unité et unité
-- Chaque unité sur ses notes en vigueur : définitives, sinon harmonisées, sinon transmises ; à côté, ce qu'elle était avant
-- la réunion et ce qui a été décidé. Tous les comptes d'écarts à examiner se lisent ici (signal = 'signale').
with
ecarts as (select * from marts.ecart),

effets as (select * from marts.harmonisation_effet),

decisions as (select * from intermediate.decision_unite),

etapes as (select * from reference.etape_note),

classes as (
    select
        ecarts.*,
        rang = max(rang) over etude as est_en_vigueur,
        rang = min(rang) over etude as est_avant
    from ecarts
    join etapes using (etape)
    window etude as (partition by session, specialite, epreuve, type_unite)
),

-- Où en sont les notes de l'unité elle-même : la moins avancée de leurs étapes.
avancements as (
    select session, specialite, epreuve, type_unite, unite, arg_min(etape, rang) as etape_notes
    from intermediate.note_premier_groupe
    join etapes using (etape)
    join intermediate.unite_note using (session, specialite, epreuve, numero_candidat, fichier, ligne)
    where note_premier_groupe.note is not null
    group by all
)

select
    vigueur.session, vigueur.specialite, vigueur.epreuve, vigueur.type_unite, vigueur.unite,
    vigueur.etape, avancements.etape_notes,
    vigueur.n, vigueur.moyenne, vigueur.ecart_ajuste, vigueur.ecart_retenu, vigueur.ic_bas, vigueur.ic_haut,
    vigueur.probabilite_materielle, vigueur.signal, vigueur.motif_indisponible,
    avant.etape as etape_avant,
    avant.moyenne as moyenne_avant,
    avant.ecart_retenu as ecart_retenu_avant,
    avant.ic_bas as ic_bas_avant,
    avant.ic_haut as ic_haut_avant,
    avant.probabilite_materielle as probabilite_materielle_avant,
    avant.signal as signal_avant,
    decisions.decision,
    decisions.decalage as decalage_decide,
    decisions.motif as motif_decision,
    decisions.auteur as auteur_decision,
    decisions.date as date_decision,
    decisions.accord as date_accord,
    coalesce(decisions.est_commune, false) as est_commune,
    coalesce(effets.nb_modifiees, 0) as nb_modifiees,
    effets.decalage_constate,
    coalesce(effets.suite_donnee, if(decisions.decision = 'DECALAGE', 'a_reporter', 'aucune')) as suite_donnee,
    -- Un écart que la réunion a maintenu, motif à l'appui, reste un écart ; il n'est plus à discuter.
    coalesce(vigueur.signal = 'signale' and decisions.decision = 'MAINTIEN' and not decisions.est_commune, false)
        as est_maintenu
from classes as vigueur
left join classes as avant
    on avant.est_avant and avant.session = vigueur.session and avant.specialite = vigueur.specialite
    and avant.epreuve = vigueur.epreuve and avant.type_unite = vigueur.type_unite and avant.unite = vigueur.unite
left join avancements
    on avancements.session = vigueur.session and avancements.specialite = vigueur.specialite
    and avancements.epreuve = vigueur.epreuve and avancements.type_unite = vigueur.type_unite
    and avancements.unite = vigueur.unite
left join effets
    on effets.session = vigueur.session and effets.specialite = vigueur.specialite
    and effets.epreuve = vigueur.epreuve and effets.type_unite = vigueur.type_unite and effets.unite = vigueur.unite
left join decisions
    on decisions.session = vigueur.session and decisions.specialite = vigueur.specialite
    and decisions.epreuve = vigueur.epreuve and decisions.type_unite = vigueur.type_unite
    and decisions.unite = vigueur.unite
where vigueur.est_en_vigueur
order by all
