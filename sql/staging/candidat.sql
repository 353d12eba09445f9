-- Grain : une ligne par candidat chargé
with
lus as (select * from staging.candidat_lu),
ecartes as (select distinct rang from staging.rejet_candidat)
select
    numero_candidat, ine, nom, prenom, date_naissance, sexe, specialite, session, academie, uai,
    etablissement, statut, forme, centre_ecrit, bac_origine, fichier, ligne
from lus
anti join ecartes using (rang)
