-- Grain : une ligne par fichier identique à un autre
select fichier, null::bigint as ligne, 'fichier' as colonne, fichier as valeur,
    concat('copie de ', copie_de) as detail
from marts.bilan_import
where copie_de is not null
