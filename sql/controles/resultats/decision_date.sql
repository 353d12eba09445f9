-- Grain : une ligne par décision (jury ou réunion) dont la date ne peut être la sienne
select
    fichier, ligne, 'date' as colonne, coalesce(strftime(date, '%d/%m/%Y'), date_lue) as valeur,
    probleme_date as detail, numero_candidat, specialite
from staging.decision_jury
where probleme_date is not null

union all by name

select
    fichier, ligne, 'date' as colonne, concat_ws(' ; accord ', strftime(date, '%d/%m/%Y'), strftime(accord, '%d/%m/%Y')) as valeur,
    probleme_date as detail
from staging.decision_harmonisation
where probleme_date is not null
