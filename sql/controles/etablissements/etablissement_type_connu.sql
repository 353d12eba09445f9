-- Grain : une ligne par établissement dont le type est inconnu
select fichier, ligne, 'type' as colonne, type as valeur, uai
from staging.etablissement
where type not in ('PUBLIC', 'PRIVE SOUS CONTRAT', 'PRIVE HORS CONTRAT', 'CFA', 'GRETA', 'EAD')
