-- Grain : une ligne par groupe dont le taux n'est pas admis / présents
select
    null::varchar as fichier, null::bigint as ligne, maille as colonne, modalite as valeur,
    concat(admis, ' admis, ', presents, ' présents') as detail,
    specialite
from marts.reussite
where presents > inscrits
   or (presents = 0) <> (taux_reussite is null)
   -- le taux peut être arrondi au dix-millième
   or abs(taux_reussite * presents - admis) > 0.0001 * presents
