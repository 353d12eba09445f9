-- Grain : une ligne par candidat sans résultat ou résultat sans candidat
with
inscrits as (
    select numero_candidat, specialite, session, fichier, ligne from staging.candidat
),
resultats as (
    select numero_candidat, specialite, session from marts.resultat_candidat
)
select
    fichier, ligne, 'numero_candidat' as colonne, numero_candidat as valeur,
    'candidat sans résultat' as detail, numero_candidat, specialite
from inscrits
anti join resultats using (numero_candidat, specialite, session)
union all
select
    null, null, 'numero_candidat', numero_candidat,
    'résultat sans candidat', numero_candidat, specialite
from resultats
anti join inscrits using (numero_candidat, specialite, session)
