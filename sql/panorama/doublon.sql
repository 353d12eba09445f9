-- Grain : une ligne par session, spécialité et académie que plusieurs dossiers donnent
select
    session,
    specialite,
    modalite as academie,
    count(distinct dossier) as nb_dossiers
from reussite
where maille = 'academie'
group by all
having count(distinct dossier) > 1
order by all
