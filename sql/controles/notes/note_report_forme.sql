-- Grain : une ligne par report de note d'un candidat en forme globale
select
    note.fichier, note.ligne, 'mode' as colonne, note.mode as valeur,
    note.numero_candidat, note.specialite, note.epreuve
from staging.note as note
join (select numero_candidat, forme from staging.candidat) as candidat using (numero_candidat)
where note.mode = 'REPORT' and candidat.forme = 'GLOBALE'
