-- Grain : une ligne par note écartée et par motif
with
motifs as (select * from staging.motif_note),
lues as (select * from staging.note_lue),
ecrites as (select * from staging.note_ecrite),
-- Le texte montré est celui du fichier.
situes as (
    select motifs.*, brut.fichier, brut.ligne, lues.numero_candidat,
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
           end as valeur
    from motifs
    join raw.notes as brut on brut.rowid = motifs.rang
    join lues using (rang)
    join ecrites using (combinaison)
)
select
    rang, fichier, ligne, colonne, valeur, regle,
    concat(colonne, coalesce(' « ' || valeur || ' »', ' vide'), ' ', raison, ' (règle ', regle,
           '). Ligne écartée ; ',
           if(regle = 'remplace', 'rien à corriger.', 'corrigez le fichier puis relancez.')) as message,
    numero_candidat, specialite, session, epreuve, etape
from situes
