-- Grain : une ligne par fichier, colonne et barème dont les notes n'ont pas été ramenées à 20
select fichier, null::bigint as ligne, colonne, valeur,
    concat(count(*), if(count(*) > 1, ' notes écartées', ' note écartée')) as detail
from marts.rejet
where regle = 'bareme_inconnu'
group by fichier, colonne, valeur
