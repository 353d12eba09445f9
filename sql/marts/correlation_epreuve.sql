-- Grain : une ligne par session, spécialité et paire d'épreuves obligatoires, la première avant l'autre
--
-- Sur les candidats notés cette session aux deux épreuves ; les notes conservées n'y sont pas.
with

notes as (

    select
        *,
        cast(note * 100 as bigint) as note_c
    from marts.note_retenue
    where note is not null and not est_conservee and not est_facultative

),

sommes as (

    select
        notes.session,
        notes.specialite,
        notes.epreuve,
        autres.epreuve as autre_epreuve,
        min(notes.rang) as rang,
        min(autres.rang) as autre_rang,
        count(*) as n,
        sum(notes.note_c) as somme,
        sum(autres.note_c) as autre_somme,
        sum(notes.note_c * notes.note_c) as carres,
        sum(autres.note_c * autres.note_c) as autres_carres,
        sum(notes.note_c * autres.note_c) as produits
    from notes
    join notes as autres
        on
            notes.session = autres.session
            and notes.specialite = autres.specialite
            and notes.numero_candidat = autres.numero_candidat
            and notes.rang < autres.rang
    group by all

),

-- Sur des sommes entières : la même corrélation à chaque calcul.
moments as (

    select
        *,
        (n * carres - somme * somme)::double as variance,
        (n * autres_carres - autre_somme * autre_somme)::double as autre_variance,
        (n * produits - somme * autre_somme)::double as covariance
    from sommes

)

select
    session,
    specialite,
    epreuve,
    rang,
    autre_epreuve,
    n,
    case
        when variance > 0 and autre_variance > 0
            then covariance / sqrt(variance) / sqrt(autre_variance)
    end as correlation

from moments
order by session, specialite, rang, autre_rang
