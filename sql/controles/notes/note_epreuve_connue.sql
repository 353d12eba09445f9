-- Grain : une ligne par note d'une épreuve que le règlement n'a pas
with
-- une note de contrôle ou conservée peut nommer l'épreuve entière (E2), les autres la sous-épreuve (E21)
epreuves as (
    select specialite, epreuve, false as est_controle from reference.epreuve
    union
    select specialite, epreuve, true from reference.epreuve
    union
    select specialite, epreuve_groupe, true from reference.epreuve
),
notes as (
    select *, coalesce(etape = 'controle', false) or mode in ('BENEFICE', 'REPORT') as est_controle
    from staging.note
)
select
    fichier, ligne, 'epreuve' as colonne, epreuve as valeur,
    numero_candidat, specialite, epreuve
from notes
anti join epreuves using (specialite, epreuve, est_controle)
