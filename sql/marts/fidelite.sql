-- Grain : une ligne par session et spécialité
--
-- Alpha de Cronbach de la somme coefficientée des épreuves obligatoires, sur les candidats notés
-- cette session à toutes (Cronbach, Psychometrika 16, 1951) ; erreur type de mesure de la moyenne.
with

notes as (

    select
        session,
        specialite,
        numero_candidat,
        epreuve,
        note is not null and not est_conservee and not est_dispensee as est_notee,
        cast(coefficient * 100 as bigint) as coefficient_c,
        cast(note * 100 as bigint) * cast(coefficient * 100 as bigint) as points_c
    from marts.note_retenue
    where not est_facultative

),

complets as (

    select
        session,
        specialite,
        numero_candidat,
        count(*) as nb_epreuves,
        sum(coefficient_c) as coefficients_c,
        sum(points_c) as total
    from notes
    group by all
    having bool_and(est_notee)

),

par_epreuve as (

    select
        session,
        specialite,
        epreuve,
        count(*) as n,
        sum(points_c) as somme,
        sum(points_c * points_c) as carres
    from notes
    semi join complets using (session, specialite, numero_candidat)
    group by all

),

epreuves as (

    select
        session,
        specialite,
        sum((n * carres - somme * somme)::double) as variance
    from par_epreuve
    group by all

),

totaux as (

    select
        session,
        specialite,
        min(nb_epreuves) as nb_epreuves,
        min(coefficients_c) as coefficients_c,
        count(*) as n,
        (count(*) * sum(total * total) - sum(total) * sum(total))::double as variance
    from complets
    group by all

),

coherence as (

    select
        session,
        specialite,
        totaux.n,
        totaux.nb_epreuves,
        totaux.coefficients_c,
        totaux.variance,
        case
            when totaux.nb_epreuves > 1 and totaux.variance > 0
                then
                    totaux.nb_epreuves / (totaux.nb_epreuves - 1)
                    * (1 - epreuves.variance / totaux.variance)
        end as alpha
    from totaux
    join epreuves using (session, specialite)

)

select
    session,
    specialite,
    n,
    nb_epreuves,
    alpha,
    case
        when n > 1 and alpha between 0 and 1
            then sqrt(variance / (n * (n - 1)) * (1 - alpha)) / coefficients_c / 100
    end as erreur_mesure

from coherence
order by session, specialite
