-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité et unité
-- Un nombre pour chaque unité d'une analyse, et pour l'analyse. Ce qui est compté note par note et ancre par ancre l'est par
-- ces nombres : un pays a des millions de notes, et quelques milliers d'unités. Les nombres d'une même unité se suivent :
-- ses candidats sont les mêmes d'une épreuve à l'autre.
with
unites as (
    select row_number() over (order by type_unite, unite, session, specialite, epreuve, etape) as id_unite, *
    from (select distinct session, specialite, epreuve, etape, type_unite, unite from intermediate.harmonisation_note)
)

select *, min(id_unite) over (partition by session, specialite, epreuve, etape, type_unite) as id_analyse from unites
