-- Grain : une ligne par fichier qui a des notes conservées sans session d'origine
select
    fichier, 'session_origine' as colonne,
    concat(count(*), ' sans session d''origine') as valeur
from staging.note
where mode in ('BENEFICE', 'REPORT') and session_origine is null
group by fichier
