-- Grain : une ligne par note lue (rang : une ligne de fichier, ou une cellule remplie d'un modèle CCF), rien d'écarté
with
notes as (select rowid as rang, * from raw.notes),
combinaisons as (select * from staging.note_ecrite),
fichiers_remplaces as (
    select fichier from raw.fichier where type_fichier = 'notes' and remplace_par is not null
)
select
    notes.rang,
    coalesce(repares.numero_retenu, notes.numero_candidat) as numero_candidat,
    combinaisons.combinaison,
    combinaisons.cle_epreuve,
    fichiers_remplaces.fichier is not null                 as est_remplacee
from notes
left join combinaisons
    on combinaisons.specialite_lue is not distinct from notes.specialite
   and combinaisons.session_lue is not distinct from notes.session
   and combinaisons.epreuve_lue is not distinct from notes.epreuve
   and combinaisons.etape_lue is not distinct from notes.etape
   and combinaisons.mode_lu is not distinct from notes.mode
   and combinaisons.note_lue is not distinct from notes.note
   and combinaisons.reserve_lue is not distinct from notes.reserve
   and combinaisons.bareme_lu is not distinct from notes.bareme
left join staging.numero_repare as repares on repares.numero_lu = notes.numero_candidat
left join fichiers_remplaces on fichiers_remplaces.fichier = notes.fichier
