-- Grain : une ligne par note d'oral ponctuel sans centre ni commission
select
    fichier, ligne, 'centre' as colonne, null::varchar as valeur,
    numero_candidat, specialite, epreuve
from staging.note
semi join (select specialite, epreuve from reference.epreuve where forme = 'oral')
    using (specialite, epreuve)
where mode = 'PONCTUEL' and etape <> 'controle'
  and centre is null and commission is null and note is not null
