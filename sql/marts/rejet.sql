-- Grain : une ligne par ligne écartée et par motif, tous fichiers confondus
with
structure as (select fichier, ligne, colonne, valeur, regle, message from raw.rejet),
candidats as (select fichier, ligne, colonne, valeur, regle, message from staging.rejet_candidat),
notes as (select fichier, ligne, colonne, valeur, regle, message from staging.rejet_note),
etablissements as (
    select fichier, ligne, colonne, valeur, regle, message from staging.rejet_etablissement
),
decisions_jury as (
    select fichier, ligne, colonne, valeur, regle, message from staging.rejet_decision_jury
),
decisions_harmonisation as (
    select fichier, ligne, colonne, valeur, regle, message from staging.rejet_decision_harmonisation
),
tous as (
    from structure
    union all from candidats
    union all from notes
    union all from etablissements
    union all from decisions_jury
    union all from decisions_harmonisation
)
select fichier, ligne, colonne, valeur, regle, message
from tous
order by fichier, ligne, colonne, regle, valeur
