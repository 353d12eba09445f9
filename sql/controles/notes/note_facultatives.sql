-- Grain : une ligne par candidat qui a plus d'épreuves facultatives que le maximum
select
    min(fichier) as fichier, min(ligne) as ligne, 'epreuve' as colonne,
    array_to_string(list(distinct epreuve order by epreuve), ', ') as valeur,
    numero_candidat, specialite
from staging.note
semi join (select specialite, epreuve from reference.epreuve where est_facultative)
    using (specialite, epreuve)
left join reference.specialite as s using (specialite)
cross join reference.regime as r
group by numero_candidat, specialite
having count(distinct epreuve)
    > max(coalesce(s.facultatives_maximales, r.facultatives_maximales))
