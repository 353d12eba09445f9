-- Grain : une ligne par rejet d'une règle que la session rend bloquante
select fichier, ligne, colonne, valeur, concat('règle ', regle, ' : ', message) as detail
from marts.rejet
where regle in (select regle from reference.regle_bloquante)
