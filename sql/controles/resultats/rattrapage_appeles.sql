-- Grain : une ligne par candidat appelé hors de la liste du contrôle, ou l'inverse
with
jury as (
    select numero_candidat, specialite, session, decision
    from staging.decision_jury
    where etape = 'premier_groupe'
),
appeles as (
    select session, specialite, numero_candidat
    from marts.resultat_candidat
    left join jury using (session, specialite, numero_candidat)
    where coalesce(jury.decision, decision_calculee) = 'CONTROLE'
),
listes as (
    select session, specialite, numero_candidat from marts.rattrapage
)
select
    null::varchar as fichier, null::bigint as ligne, 'numero_candidat' as colonne,
    numero_candidat as valeur,
    'appelé mais absent de la liste' as detail, numero_candidat, specialite
from appeles
anti join listes using (session, specialite, numero_candidat)
union all
select
    null, null, 'numero_candidat', numero_candidat,
    'dans la liste sans être appelé', numero_candidat, specialite
from listes
anti join appeles using (session, specialite, numero_candidat)
