-- Grain : une ligne si la liste des candidats est vide, sinon aucune
select null::varchar as fichier, null::bigint as ligne, 'candidats' as colonne, '0' as valeur
where not exists (from staging.candidat)
