-- Grain : une ligne par note d'une épreuve « à la suite de » dont l'autre n'a rien
with
suites as (
    select specialite, epreuve, a_la_suite_de from reference.epreuve where a_la_suite_de is not null
),
suivies as (
    select distinct note.numero_candidat, note.specialite, suites.epreuve
    from staging.note as note
    join reference.epreuve as epreuve using (specialite, epreuve)
    join suites
        on note.specialite = suites.specialite
        and suites.a_la_suite_de in (epreuve.epreuve, epreuve.epreuve_groupe)
)
select
    note.fichier, note.ligne, 'epreuve' as colonne, note.epreuve as valeur,
    concat('à la suite de ', a_la_suite_de) as detail,
    note.numero_candidat, note.specialite, note.epreuve
from staging.note as note
join suites using (specialite, epreuve)
anti join suivies using (numero_candidat, specialite, epreuve)
