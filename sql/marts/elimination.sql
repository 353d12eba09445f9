-- Grain : une ligne par session, spécialité, cause et épreuve (ou toutes les épreuves ensemble)
with

resultats as (select * from marts.resultat_candidat),

notes as (
    select * from marts.note_retenue where not est_facultative and code in ('AB', 'NV')
),

par_cause as (

    select
        session,
        specialite,
        if(decision_calculee = 'ELIMINE', regle, 'decision_jury') as cause,
        'toutes' as epreuve,
        count(*) as nb_candidats
    from resultats
    where decision_calculee = 'ELIMINE' or decision_finale = 'ELIMINE'
    group by all

),

par_epreuve as (

    select
        session,
        specialite,
        if(code = 'AB', 'absence_non_justifiee', 'non_valide') as cause,
        epreuve,
        count(*) as nb_candidats
    from notes
    group by all

)

select * from par_cause
union all
select * from par_epreuve
order by session, specialite, cause, epreuve
