-- Grain : une ligne par session, spécialité et épreuve obligatoire
--
-- Ni dispenses ni notes conservées ; en forme progressive, seules les épreuves présentées cette année.
with

formes as (select session, specialite, numero_candidat, forme from marts.resultat_candidat),

notes as (

    select *
    from marts.note_retenue
    where not est_facultative and not est_dispensee and not est_conservee

)

select
    session,
    specialite,
    epreuve,
    min(rang) as rang,
    count(*) as attendus,
    count(note) as n,
    count(*) filter (where code = 'AB') as absents_non_justifies,
    count(*) filter (where code = 'AJ') as absents_justifies,
    count(*) filter (where code in ('AB', 'AJ')) as absents

from notes
join formes using (session, specialite, numero_candidat)
where note is not null or code is not null or forme is distinct from 'PROGRESSIVE'
group by session, specialite, epreuve
order by session, specialite, rang
