-- Grain : une ligne par paire d'unités dont les noms se ressemblent sans être les mêmes
with
unites as (
    select genre, cle, any_value(retenue) as retenue,
           regexp_replace(cle, '[^0-9]', '', 'g') as chiffres,
           list_filter(string_split(cle, ' '), lambda mot: length(mot) = 1) as lettres
    from staging.unite_ecrite
    where nb > 0 and not regexp_full_match(cle, '\d{7}[A-Z]')
    group by genre, cle
)
select
    null::varchar as fichier, null::bigint as ligne, une.genre as colonne, une.retenue as valeur,
    concat('ressemble à « ', autre.retenue, ' »') as detail
from unites as une
join unites as autre
    on autre.genre = une.genre and autre.chiffres = une.chiffres and autre.lettres = une.lettres
   and une.cle < autre.cle
where length(une.cle) >= 5
    and damerau_levenshtein(une.cle, autre.cle) <= if(length(une.cle) >= 10, 2, 1)
