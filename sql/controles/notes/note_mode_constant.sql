-- Grain : une ligne par note dont le mode est minoritaire dans son établissement pour l'épreuve
with
notes as (
    select note.*, candidat.uai
    from staging.note as note
    join (select numero_candidat, uai from staging.candidat where uai is not null) as candidat
        using (numero_candidat)
    where note.mode in ('PONCTUEL', 'CCF') and note.etape <> 'controle'
),
effectifs as (
    select uai, specialite, epreuve, mode, count(*) as nb_notes
    from notes
    group by all
),
usuels as (
    select uai, specialite, epreuve, arg_max(mode, (nb_notes, mode)) as mode_usuel
    from effectifs
    group by all
    having count(*) > 1
)
select
    fichier, ligne, 'mode' as colonne, mode as valeur, concat('ailleurs : ', mode_usuel) as detail,
    numero_candidat, specialite, epreuve
from notes
join usuels using (uai, specialite, epreuve)
where mode <> mode_usuel
