-- Grain : une ligne par décision du jury (fichier, ligne) que le texte ne lui ouvre pas
--
-- Sa décision vaut quand même : l'import et `jury verifier` l'avertissent, article à l'appui.
with

decisions as (select * from staging.decision_jury where decision is not null),

propositions as (

    select numero_candidat, specialite, session, decision_calculee, regle
    from intermediate.decision_calculee

),

regimes as (select * from reference.regime),

mots as (select * from reference.regle_decision),

limites as (

    select
        decisions.*,
        case
            when decisions.etape = 'controle' and decisions.decision = 'CONTROLE'
                then regimes.limite_apres_controle
            when list_contains(mots.ferme, decisions.decision) then mots.limite
            when decisions.decision = 'CONTROLE' and propositions.decision_calculee <> 'CONTROLE'
                then regimes.limite
        end as limite
    from decisions
    join propositions using (numero_candidat, specialite, session)
    join regimes using (session)
    join mots on propositions.regle = mots.regle and propositions.session = mots.session

)

select fichier, ligne, numero_candidat, specialite, session, etape, decision, limite
from limites
where limite is not null
