-- Grain : une ligne par note de CCF d'un individuel ou d'un candidat de l'EAD
select
    note.fichier, note.ligne, 'mode' as colonne, note.mode as valeur,
    candidat.statut as detail,
    note.numero_candidat, note.specialite, note.epreuve
from staging.note as note
join staging.candidat as candidat using (numero_candidat)
where note.mode = 'CCF' and candidat.statut in ('EAD', 'INDIVIDUEL')
