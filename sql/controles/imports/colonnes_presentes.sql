-- Grain : une ligne par fichier et colonne obligatoire absente
select fichier, ligne, 'colonne' as colonne, colonne as valeur
from raw.rejet
-- sans rang, le rejet tient à l'en-tête ; les lignes perdues avec lui ont les leurs
where rang is null and regle = 'colonne_manquante'
