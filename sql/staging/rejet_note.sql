-- Grain : une ligne par note écartée et par motif
with
motifs as (select * from staging.motif_note),
lues as (select * from staging.note_lue),
ecrites as (select * from staging.note_ecrite),
colonnes_epreuve as (select * from raw.colonne_epreuve),
-- Le texte montré est celui du fichier.
situes as (
    select motifs.rang, motifs.regle, motifs.raison, motifs.colonne as champ,
           brut.fichier, brut.ligne, lues.numero_candidat,
           ecrites.specialite, ecrites.session, ecrites.epreuve, ecrites.etape,
           case motifs.colonne
               when 'numero_candidat' then brut.numero_candidat
               when 'specialite'      then brut.specialite
               when 'session'         then brut.session
               when 'epreuve'         then brut.epreuve
               when 'note'            then brut.note
               when 'mode'            then brut.mode
               when 'etape'           then brut.etape
               when 'reserve'         then brut.reserve
               when 'bareme'          then brut.bareme
           end as valeur,
           -- Dans un fichier large (modèle CCF), la note a sa cellule, et sa colonne a un titre.
           case when motifs.colonne in ('note', 'epreuve') then large.libelle end as titre_colonne,
           coalesce('cellule ' || large.lettre || brut.ligne || ' (' || large.epreuve || ') : ',
                    'colonne ' || large.epreuve || ' : ') as lieu
    from motifs
    join raw.notes as brut on brut.rowid = motifs.rang
    join lues using (rang)
    join ecrites using (combinaison)
    left join colonnes_epreuve as large
        on large.fichier = brut.fichier and large.epreuve = brut.epreuve
)
select
    rang, fichier, ligne, coalesce(titre_colonne, champ) as colonne, valeur, regle,
    concat(lieu, champ, coalesce(' « ' || valeur || ' »', ' vide'), ' ', raison, ' (règle ', regle,
           '). Ligne écartée ; ',
           case regle
               when 'remplace'        then 'rien à corriger.'
               when 'cle_contradictoire'
               then 'corrigez le fichier, ou dites dans [donnees] renvois lequel remplace l''autre, puis relancez.'
               when 'candidat_ecarte' then 'corrigez la liste des candidats puis relancez.'
               else 'corrigez le fichier puis relancez.'
           end) as message,
    numero_candidat, specialite, session, epreuve, etape
from situes
