-- Grain : une ligne par ligne lue (notes mises à part) et par motif que plusieurs sortes de fichiers partagent
with
-- Les notes, par millions, se jugent par combinaison de valeurs (staging.motif_note).
lues as (
    select 'candidats' as type_fichier, rang, fichier, ligne, specialite, session, session_lue,
           [case when numero_candidat is null then 'numero_candidat' end,
            case when specialite      is null then 'specialite'      end,
            case when session_lue     is null then 'session'         end,
            case when statut_lu       is null then 'statut'          end,
            case when forme_lue       is null then 'forme'           end] as champs_vides
    from staging.candidat_lu
    union all
    select 'decisions_jury', rang, fichier, ligne, specialite, session, session_lue,
           [case when numero_candidat is null then 'numero_candidat' end,
            case when specialite      is null then 'specialite'      end,
            case when session_lue     is null then 'session'         end,
            case when decision_lue    is null then 'decision'        end]
    from staging.decision_jury_lue
    union all
    select 'decisions_harmonisation', rang, fichier, ligne, null, null, null,
           [case when epreuve         is null then 'epreuve'         end,
            case when unite           is null then 'unite'           end,
            case when type_unite_lu   is null then 'type_unite'      end,
            case when decision_lue    is null then 'decision'        end]
    from staging.decision_harmonisation_lue
    union all
    select 'etablissements', rang, fichier, ligne, null, null, null,
           [case when uai             is null then 'uai'             end]
    from staging.etablissement_lu
),
champs as (
    select type_fichier, rang, fichier, ligne, unnest(champs_vides) as colonne
    from lues
),
vides as (
    select type_fichier, rang, fichier, ligne, colonne, null as valeur,
           'champ_obligatoire' as regle, ': ce champ est obligatoire' as raison
    from champs
    where colonne is not null
),
specialites as (
    select lues.type_fichier, lues.rang, lues.fichier, lues.ligne, 'specialite', lues.specialite,
           'specialite_hors_dossier', 'n''est pas une spécialité de ce dossier'
    from lues
    anti join reference.specialite as connue on connue.specialite = lues.specialite
    where lues.specialite is not null
),
sessions as (
    select lues.type_fichier, lues.rang, lues.fichier, lues.ligne, 'session', lues.session_lue,
           'session_hors_dossier',
           'n''est pas la session de ce dossier (' || attendue.annee || ')'
    from lues
    cross join reference.session as attendue
    where lues.session_lue is not null and lues.session is distinct from attendue.annee
)
from vides
union all from specialites
union all from sessions
