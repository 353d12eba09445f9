-- Grain : une ligne par numéro dont aucune ligne de candidats n'est chargée, avec la première raison
with
ecartes as (
    select numero_candidat, fichier, ligne, constat
    from staging.rejet_candidat
    where numero_candidat is not null
    qualify row_number() over (
        partition by numero_candidat order by fichier, ligne, regle, colonne) = 1
)
select
    numero_candidat,
    -- Ce qui manque à une note ou à une décision n'est pas à corriger dans son fichier.
    concat('écarté de la liste des candidats (', fichier, ', ligne ', ligne, ' : ', constat, ')')
        as raison
from ecartes
anti join staging.candidat using (numero_candidat)
