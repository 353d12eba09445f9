-- Grain : une ligne par établissement dont l'habilitation est inconnue
select fichier, ligne, 'ccf' as colonne, ccf as valeur, uai
from staging.etablissement
where ccf not in ('O', 'N', 'ETENDU')
