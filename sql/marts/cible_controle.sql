-- Grain : une ligne par candidat appelé au contrôle et choix d'une ou de deux épreuves possibles
--
-- Les plus petites notes de contrôle qui donnent 10 de moyenne, sur la grille du pas des notes :
-- note_egale, la même aux deux épreuves (ou à la seule choisie) ; note_1_minimale, à la première
-- avec 20 à la seconde ; note_2_minimale, l'inverse. Vide : aucune note n'y suffit.
-- Une note de contrôle m rapporte max(0, coefficient × m − points) ; le meilleur des deux est donc
-- atteint dès qu'une seule des épreuves suffit, ou que les deux ensemble suffisent.
with

choix as (select * from intermediate.choix_controle),

pas as (
    select greatest(1, cast(pas_note * 100 as bigint)) as pas_c from reference.parametre
),

besoins as (

    select
        *,
        unnest([
            {
                cible: 'egale',
                points_vises_dm: points_manquants_dm + points_1_dm,
                coefficient_c: coefficient_1_c
            },
            {
                cible: 'egale',
                points_vises_dm: points_manquants_dm + points_2_dm,
                coefficient_c: coefficient_2_c
            },
            {
                cible: 'egale',
                points_vises_dm: points_manquants_dm + points_1_dm + points_2_dm,
                coefficient_c: coefficient_1_c + coefficient_2_c
            },
            {
                cible: 'premiere',
                points_vises_dm: if(
                    points_manquants_dm <= gain_2_dm, 0,
                    points_manquants_dm - gain_2_dm + points_1_dm
                ),
                coefficient_c: coefficient_1_c
            },
            {
                cible: 'seconde',
                points_vises_dm: if(
                    points_manquants_dm <= gain_1_dm, 0,
                    points_manquants_dm - gain_1_dm + points_2_dm
                ),
                coefficient_c: coefficient_2_c
            }
        ], recursive := true)
    from choix

),

notes as (

    select
        besoins.*,
        case
            when points_manquants_dm = 0 then 0
            when coefficient_c = 0 or 2000 * coefficient_c < points_vises_dm then null
            -- Première note de la grille qui atteint les points visés, 20 au plus.
            else least(
                2000,
                pas_c * ((points_vises_dm + coefficient_c * pas_c - 1) // (coefficient_c * pas_c))
            )
        end as note_c
    from besoins
    cross join pas

)

select
    session,
    specialite,
    numero_candidat,
    epreuve_1,
    epreuve_2,
    cast(points_manquants_dm * cast(0.0001 as decimal(5, 4)) as decimal(12, 4))
        as points_manquants,
    cast((gain_1_dm + gain_2_dm) * cast(0.0001 as decimal(5, 4)) as decimal(12, 4))
        as gain_maximal,
    gain_1_dm + gain_2_dm >= points_manquants_dm as atteignable,
    cast(min(note_c) filter (where cible = 'egale') * cast(0.01 as decimal(3, 2)) as decimal(4, 2))
        as note_egale,
    cast(
        min(note_c) filter (where cible = 'premiere' and epreuve_2 is not null)
        * cast(0.01 as decimal(3, 2)) as decimal(4, 2)
    ) as note_1_minimale,
    cast(
        min(note_c) filter (where cible = 'seconde' and epreuve_2 is not null)
        * cast(0.01 as decimal(3, 2)) as decimal(4, 2)
    ) as note_2_minimale

from notes
group by
    session, specialite, numero_candidat, epreuve_1, epreuve_2, rang_1, rang_2,
    points_manquants_dm, gain_1_dm, gain_2_dm
order by session, specialite, numero_candidat, epreuve_2 is not null, rang_1, rang_2
