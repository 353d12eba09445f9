-- Grain : une ligne par classeur dont d'autres feuilles que celle lue ne sont pas vides
select fichier, null::bigint as ligne, 'feuille' as colonne, feuilles_ignorees as valeur,
    concat('feuille lue : ', feuille) as detail
from raw.fichier
where feuilles_ignorees <> '' and copie_de is null
