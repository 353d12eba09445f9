-- Grain : une ligne par candidat dont les épreuves obligatoires de langue sont en plusieurs langues
with
langues as (
    select specialite, epreuve from reference.epreuve where est_langue and not est_facultative
    union
    select specialite, epreuve_groupe from reference.epreuve where est_langue and not est_facultative
),
notes as (
    select note.*, lower(strip_accents(trim(langue))) as langue_pliee
    from staging.note as note
    semi join langues using (specialite, epreuve)
    where langue is not null
)
select
    min(fichier) as fichier, min(ligne) as ligne, 'langue' as colonne,
    array_to_string(list(distinct langue_pliee order by langue_pliee), ', ') as valeur,
    numero_candidat, specialite, min(epreuve) as epreuve
from notes
group by numero_candidat, specialite
having count(distinct langue_pliee) > 1
