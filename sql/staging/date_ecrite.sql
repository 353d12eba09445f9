-- Grain : une ligne par date écrite dans un fichier, de quelque colonne qu'elle soit
-- Le texte est contrôlé avant d'être converti : une conversion seule change des valeurs sans le dire. Une année à deux chiffres
-- est de ce siècle pour un jour de la session, du siècle que dit l'âge pour une naissance.
with
textes as (
    select date_naissance as ecrite from raw.candidats
    union
    select date from raw.decisions_harmonisation
    union
    select accord from raw.decisions_harmonisation
    union
    select date from raw.decisions_jury
),

formes as (
    select ecrite, lower(strip_accents(trim(replace(ecrite, chr(160), ' ')))) as texte
    from textes
    where ecrite is not null
),

siecles as (
    select
        *,
        translate(texte, '.-', '//') as barres,
        regexp_full_match(texte, '\d{1,2}[/.-]\d{1,2}[/.-]\d{2}') as est_courte,
        case when regexp_full_match(right(texte, 2), '\d{2}') and 2000 + right(texte, 2)::integer <= session.annee - 10
             then '20' else '19' end as siecle
    from formes
    cross join reference.session as session
),

lues as (
    select
        *,
        case
            when regexp_full_match(texte, '\d{1,2}[/.-]\d{1,2}[/.-]\d{4}')
                then try_strptime(barres, '%d/%m/%Y')::date
            when est_courte
                then try_strptime(regexp_replace(barres, '\d{2}$', '') || '20' || right(texte, 2), '%d/%m/%Y')::date
            when regexp_full_match(texte, '\d{4}-\d{2}-\d{2}([ t]00:00(:00(\.0+)?)?)?')
                then try_strptime(left(texte, 10), '%Y-%m-%d')::date
            when regexp_full_match(texte, '(le )?([a-z]+ )?\d{1,2}(er)? +[a-z]+\.? +\d{4}')
                then try_strptime(concat(
                    regexp_extract(texte, '(\d{1,2})(er)? ', 1), '/',
                    list_position(
                        ['jan', 'fev', 'mar', 'avr', 'mai', 'juin', 'juil', 'aou', 'sep', 'oct', 'nov', 'dec'],
                        regexp_extract(texte, '\d(er)? +(jui[nl]|[a-z]{3})', 2)
                    ), '/', right(texte, 4)), '%d/%m/%Y')::date
            -- Numéro de jour d'un tableur (origine 30 décembre 1899).
            when regexp_full_match(texte, '[1-5]\d{4}(\.0+)?')
                then date '1899-12-30' + left(texte, 5)::integer
        end as jour
    from siecles
)

select
    ecrite,
    jour,
    if(est_courte,
       try_strptime(regexp_replace(barres, '\d{2}$', '') || siecle || right(texte, 2), '%d/%m/%Y')::date,
       jour) as naissance,
    -- Pourquoi ce ne peut être le jour d'une décision de la session ; rien sinon. Le jour d'aujourd'hui n'y est pour rien :
    -- refaite plus tard, la session dit la même chose.
    case
        when jour is null then 'n''est pas une date (jj/mm/aaaa attendu)'
        when year(jour) < annee then 'avant la session ' || annee
        when year(jour) > annee + 1 then 'plus d''un an après la session ' || annee
    end as probleme
from lues
