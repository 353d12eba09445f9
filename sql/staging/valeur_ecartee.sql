-- Grain : une ligne par valeur facultative illisible d'une ligne chargée (candidat ou note), laissée vide
--
-- Elle n'identifie pas le candidat et n'entre dans aucune décision : une faute de frappe dans une date
-- de naissance ne doit pas coûter ses notes à un candidat. La valeur lue reste ici et dans raw.
with
erreurs_formule as (select texte from staging.erreur_formule),
candidats_ecartes as (select distinct rang from staging.rejet_candidat),
candidats as (from staging.candidat_lu anti join candidats_ecartes using (rang)),
dates as (
    select 'candidats' as type_fichier, fichier, ligne, 'date_naissance' as colonne,
           date_naissance_lue as valeur, numero_candidat, specialite
    from candidats
    where date_naissance_lue is not null and date_naissance is null
),
sexes as (
    select 'candidats', fichier, ligne, 'sexe', sexe_lu, numero_candidat, specialite
    from candidats
    where sexe_lu is not null and sexe is null
),
formules_candidat as (
    select 'candidats', candidats.fichier, candidats.ligne, lues.colonne, lues.valeur,
           candidats.numero_candidat, candidats.specialite
    from (
        unpivot (
            select rowid as rang, ine, nom, prenom, academie, uai, etablissement, centre_ecrit,
                   bac_origine
            from raw.candidats
        )
        on ine, nom, prenom, academie, uai, etablissement, centre_ecrit, bac_origine
        into name colonne value valeur
    ) as lues
    semi join erreurs_formule on erreurs_formule.texte = lues.valeur
    join candidats using (rang)
),
-- Elles sont rares : on les cherche d'abord, la ligne chargée ensuite.
cellules_note as (
    select lues.fichier, lues.ligne, lues.colonne, lues.valeur
    from (
        unpivot (
            select distinct fichier, ligne, centre, commission, langue, lot, correcteur
            from raw.notes
            where centre in (from erreurs_formule) or commission in (from erreurs_formule)
               or langue in (from erreurs_formule)
               or lot in (from erreurs_formule) or correcteur in (from erreurs_formule)
        )
        on centre, commission, langue, lot, correcteur
        into name colonne value valeur
    ) as lues
    semi join erreurs_formule on erreurs_formule.texte = lues.valeur
),
formules_note as (
    select distinct 'notes', cellules.fichier, cellules.ligne, cellules.colonne, cellules.valeur,
           notes.numero_candidat, notes.specialite
    from cellules_note as cellules
    join staging.note as notes using (fichier, ligne)
),
motifs_nv as (
    select distinct 'notes', lues.fichier, lues.ligne, 'motif_nv', lues.motif_nv,
           notes.numero_candidat, notes.specialite
    from raw.notes as lues
    join staging.motif_nv_ecrit as ecrits on ecrits.texte = lues.motif_nv
    join staging.note as notes using (fichier, ligne)
    where ecrits.motif_nv is null
),
sessions_origine as (
    select distinct 'notes', lues.fichier, lues.ligne, 'session_origine', lues.session_origine,
           notes.numero_candidat, notes.specialite
    from raw.notes as lues
    join staging.note as notes using (fichier, ligne)
    where lues.session_origine is not null and notes.session_origine is null
)
from dates
union all from sexes
union all from formules_candidat
union all from formules_note
union all from motifs_nv
union all from sessions_origine
