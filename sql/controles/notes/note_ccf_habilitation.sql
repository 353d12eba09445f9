-- Grain : une ligne par note de CCF d'un candidat dont l'établissement n'est pas habilité
with
non_habilites as (
    select uai, any_value(nom) as nom
    from staging.etablissement
    where ccf = 'N' or type = 'PRIVE HORS CONTRAT'
    group by uai
),
candidats as (
    select numero_candidat, uai, nom as etablissement
    from (select numero_candidat, uai from staging.candidat)
    join non_habilites using (uai)
)
select
    note.fichier, note.ligne, 'mode' as colonne, note.mode as valeur,
    concat(etablissement, ' (', uai, ')') as detail,
    note.numero_candidat, note.specialite, note.epreuve
from staging.note as note
join candidats using (numero_candidat)
where note.mode = 'CCF'
