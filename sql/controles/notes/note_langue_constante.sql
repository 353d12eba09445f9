-- Grain : une ligne par candidat et épreuve passée dans plusieurs langues
select
    min(fichier) as fichier, min(ligne) as ligne, 'langue' as colonne,
    array_to_string(list(distinct lower(langue) order by lower(langue)), ', ') as valeur,
    numero_candidat, specialite, epreuve_groupe as epreuve
from staging.note
join (select specialite, epreuve, epreuve_groupe from reference.epreuve where not est_facultative)
    using (specialite, epreuve)
where langue is not null
group by numero_candidat, specialite, epreuve_groupe
having count(distinct lower(langue)) > 1
