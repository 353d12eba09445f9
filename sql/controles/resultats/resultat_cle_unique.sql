-- Grain : une ligne par résultat dont la clé est portée par un autre
with
doubles as (
    select session, specialite, numero_candidat
    from marts.resultat_candidat
    group by all
    having count(*) > 1
)
select
    null::varchar as fichier, null::bigint as ligne, 'numero_candidat' as colonne,
    numero_candidat as valeur, numero_candidat, specialite
from marts.resultat_candidat
semi join doubles using (session, specialite, numero_candidat)
