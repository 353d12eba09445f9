-- Grain : une ligne par session, spécialité, épreuve, étape, type d'unité et unité
-- Un nombre pour chaque unité d'une analyse, et pour l'analyse : la première de leurs notes. Ce qui est compté note par note et
-- ancre par ancre l'est par ces nombres.
with
unites as (
    select session, specialite, epreuve, etape, type_unite, unite, min(id_note) as id_unite
    from intermediate.harmonisation_note
    group by all
)

select *, min(id_unite) over (partition by session, specialite, epreuve, etape, type_unite) as id_analyse from unites
