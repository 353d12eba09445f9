-- Grain : une ligne par note de contrôle d'une épreuve qui n'est pas du domaine général
with
autres as (
    select specialite, epreuve from reference.epreuve where domaine is distinct from 'general'
    union
    select specialite, epreuve_groupe
    from reference.epreuve
    where domaine is distinct from 'general'
)
select
    fichier, ligne, 'epreuve' as colonne, epreuve as valeur,
    numero_candidat, specialite, epreuve
from staging.note
semi join autres using (specialite, epreuve)
where etape = 'controle'
  and 'exceptionnel' not in (select controle from reference.regime)
