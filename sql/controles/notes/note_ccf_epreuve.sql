-- Grain : une ligne par note de CCF d'une épreuve que le règlement n'évalue pas en CCF
with
-- l'habilitation ETENDU met aussi les écrits en CCF ; sans liste, on ne peut la refuser à la
-- formation continue, seule à pouvoir l'avoir
etendus as (
    select candidat.numero_candidat
    from staging.candidat as candidat
    left join staging.etablissement as etablissement using (uai)
    where etablissement.ccf = 'ETENDU'
        or (etablissement.ccf is null and candidat.statut = 'FORMATION CONTINUE')
),
epreuves as (
    select specialite, epreuve from reference.epreuve where not est_ccf and not est_facultative
)
select
    note.fichier, note.ligne, 'mode' as colonne, note.mode as valeur,
    note.numero_candidat, note.specialite, note.epreuve
from staging.note as note
semi join epreuves using (specialite, epreuve)
anti join etendus using (numero_candidat)
where note.mode = 'CCF'
