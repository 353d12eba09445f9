-- Grain : une ligne par candidat et épreuve obligatoire du règlement, et par épreuve facultative que le candidat a
--
-- Les sommes se font en entiers : points en dix-millièmes (_dm), coefficients en centièmes (_c).
with

candidats as (select * from staging.candidat),

epreuves as (select * from reference.epreuve),

notes as not materialized (select * from intermediate.note_premier_groupe),

grille as not materialized (

    select
        candidats.session,
        candidats.specialite,
        candidats.numero_candidat,
        epreuves.epreuve,
        epreuves.epreuve_groupe,
        epreuves.domaine,
        epreuves.rang,
        epreuves.est_facultative,
        coalesce(epreuves.est_langue, false) as est_langue,
        epreuves.a_la_suite_de,
        epreuves.coefficient,
        cast(epreuves.coefficient * 100 as bigint) as coefficient_c

    from candidats
    join epreuves on candidats.specialite = epreuves.specialite

),

notes_de_la_grille as not materialized (

    select
        grille.*,
        notes.note,
        notes.code,
        notes.mode,
        notes.centre,
        notes.commission,
        notes.langue,
        notes.motif_nv,
        notes.session_origine,
        coalesce(notes.est_de_l_epreuve, false) as est_de_l_epreuve,
        notes.etape,
        coalesce(notes.etape = 'transmise', false) as provisoire,
        coalesce(notes.code = 'DI', false) as est_dispensee,
        coalesce(notes.est_reserve, false) as est_reserve,
        coalesce(notes.est_conservee, false) as est_conservee,
        coalesce(notes.est_contradictoire, false) as est_contradictoire,
        coalesce(notes.est_rejetee, false) as est_rejetee,
        notes.regle_rejet,
        notes.valeur_rejetee,
        notes.fichier,
        notes.ligne,
        -- CE D643-24 : l'absence justifiée vaut zéro.
        case when notes.code = 'AJ' then 0 else cast(notes.note * 100 as bigint) end as note_c

    from grille
    left join notes using (numero_candidat, specialite, session, epreuve)
    where not grille.est_facultative or notes.epreuve is not null

),

points as not materialized (

    select
        notes_de_la_grille.*,
        coalesce(specialites.facultatives_maximales, regimes.facultatives_maximales)
            as facultatives_maximales,
        case
            when est_facultative then coefficient_c * greatest(0, coalesce(note_c, 0) - facultative_c)
            else coefficient_c * note_c
        end as points_possibles_dm
    from notes_de_la_grille
    join reference.regime as regimes using (session)
    left join reference.specialite as specialites using (specialite)

),

-- CE D643-15 1° : un nombre limité d'épreuves facultatives, les meilleures.
comptees as (

    select *, true as est_comptee
    from points
    where not est_facultative
    union all by name
    select
        *,
        coalesce(row_number() over (
            partition by numero_candidat, specialite, session
            order by points_possibles_dm desc, rang
        ) <= facultatives_maximales, true) as est_comptee
    from points
    where est_facultative

)

select
    * exclude (points_possibles_dm, facultatives_maximales),
    case when est_comptee then points_possibles_dm else 0 end as points_dm

from comptees
