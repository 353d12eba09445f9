-- Grain : une ligne par candidat dont la date de naissance n'est pas écrite
with
illisibles as (
    select fichier, ligne
    from staging.valeur_ecartee
    where type_fichier = 'candidats' and colonne = 'date_naissance'
)
select
    fichier, ligne, 'date_naissance' as colonne,
    null::varchar as valeur, numero_candidat, specialite
from staging.candidat
anti join illisibles using (fichier, ligne)
where date_naissance is null
