-- Grain : une ligne par session, spécialité, épreuve, type d'unité et unité dont la réunion a décidé
-- La ligne de l'unité, sinon celle des autres unités de l'épreuve (unité « * », est_commune). L'accord de saisie vaut pour
-- l'épreuve : la dernière date que portent ses lignes.
with
decisions as (
    select * replace (max(accord) over (partition by epreuve) as accord)
    from staging.decision_harmonisation
),

unites as (select distinct session, specialite, epreuve, type_unite, unite from intermediate.unite_note),

possibles as (
    select unites.*, decisions.* exclude (epreuve, type_unite, unite), decisions.unite = '*' as est_commune
    from unites
    join decisions
        on decisions.epreuve = unites.epreuve and decisions.type_unite = unites.type_unite
        and decisions.unite in (unites.unite, '*')
)

select * exclude (fichier, ligne)
from possibles
qualify row_number() over (partition by session, specialite, epreuve, type_unite, unite order by est_commune) = 1
