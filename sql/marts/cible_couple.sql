-- Grain : une ligne par candidat appelé au contrôle, paire d'épreuves possibles et plus petit couple de notes qui donne 10
--
-- Pour chaque note à la première épreuve, la plus petite à la seconde ; un couple dont une note
-- pourrait baisser sans l'autre n'y est pas. Grille du pas des notes, un demi-point au moins.
with

choix as (select * from intermediate.choix_controle where epreuve_2 is not null),

pas as (
    select greatest(50, cast(pas_note * 100 as bigint)) as pas_c from reference.parametre
),

grille as (

    select distinct
        pas.pas_c,
        unnest(list_append(range(0, 2000, pas.pas_c), 2000)) as note_1_c
    from pas

),

restes as (

    select
        choix.*,
        grille.pas_c,
        grille.note_1_c,
        points_manquants_dm - greatest(0, coefficient_1_c * note_1_c - points_1_dm) as reste_dm
    from choix
    cross join grille

),

couples as (

    select
        *,
        case
            when reste_dm <= 0 then 0
            when 2000 * coefficient_2_c >= reste_dm + points_2_dm
                then least(
                    2000,
                    pas_c * (
                        (reste_dm + points_2_dm + coefficient_2_c * pas_c - 1)
                        // (coefficient_2_c * pas_c)
                    )
                )
        end as note_2_c
    from restes

),

couples_minimaux as (

    select *
    from couples
    where note_2_c is not null
    qualify row_number() over (
        partition by numero_candidat, specialite, session, epreuve_1, epreuve_2, note_2_c
        order by note_1_c
    ) = 1

)

select
    session,
    specialite,
    numero_candidat,
    epreuve_1,
    epreuve_2,
    cast(note_1_c * cast(0.01 as decimal(3, 2)) as decimal(4, 2)) as note_1,
    cast(note_2_c * cast(0.01 as decimal(3, 2)) as decimal(4, 2)) as note_2

from couples_minimaux
order by session, specialite, numero_candidat, rang_1, rang_2, note_1
