-- Grain : une ligne par session, spécialité et épreuve du domaine général
with

epreuves as (select * from marts.epreuve_controle)

select
    session,
    specialite,
    epreuve,
    count(*) as appeles,
    count(*) filter (where est_possible) as possibles,
    count(*) filter (where est_passee) as passes,
    count(*) filter (where gain > 0) as ameliores,
    -- Des nombres à virgule flottante se somment dans un ordre dit, pour la même somme à chaque calcul.
    avg(points / coefficient order by numero_candidat) filter (where est_passee)
        as note_premiere_moyenne,
    avg(note_controle) filter (where est_passee) as note_controle_moyenne,
    avg(gain) filter (where est_passee) as gain_moyen

from epreuves
group by all
order by session, specialite, epreuve
