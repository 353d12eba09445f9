-- Grain : une ligne par établissement chargé
with
lus as (select * from staging.etablissement_lu),
ecartes as (select distinct rang from staging.rejet_etablissement)
select uai, nom, academie, type, ccf, alias, fichier, ligne
from lus
anti join ecartes using (rang)
