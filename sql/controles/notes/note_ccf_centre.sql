-- Grain : une ligne par note de CCF dont le centre n'est pas l'établissement du candidat
select
    note.fichier, note.ligne, 'centre' as colonne, note.centre as valeur,
    concat('établissement du candidat : ', candidat.uai) as detail,
    note.numero_candidat, note.specialite, note.epreuve
from staging.note as note
join (select numero_candidat, uai from staging.candidat) as candidat using (numero_candidat)
where note.mode = 'CCF' and note.centre <> candidat.uai
