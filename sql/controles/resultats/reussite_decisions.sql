-- Grain : une ligne par groupe dont la somme des décisions n'est pas l'effectif
select
    null::varchar as fichier, null::bigint as ligne, maille as colonne, modalite as valeur,
    concat(
        inscrits, ' inscrits, ', admis + controle + refuses + elimines + incomplets, ' décisions'
    ) as detail,
    specialite
from marts.reussite
where inscrits is distinct from admis + controle + refuses + elimines + incomplets
