-- Grain : une ligne par candidat et épreuve obligatoire qui manque
with
-- une note rejetée a déjà son motif dans marts.rejet ; qui n'a aucune note a sa propre règle
manquantes as (
    select session, specialite, numero_candidat, epreuve
    from marts.note_retenue
    where not est_facultative and note is null and code is null and not est_rejetee
)
select
    candidat.fichier, candidat.ligne, 'epreuve' as colonne, epreuve as valeur,
    numero_candidat, specialite, epreuve
from manquantes
join staging.candidat as candidat using (numero_candidat, specialite, session)
semi join staging.note using (numero_candidat)
where candidat.forme = 'GLOBALE'
