-- Grain : une ligne par session, spécialité, épreuve, mode, maille et modalité
--
-- Les notes chiffrées retenues au premier groupe ; les notes conservées font leurs propres modes.
with

notes as (select * from marts.note_retenue where note is not null),

resultats as (select * from marts.resultat_candidat),

situees as (

    select
        notes.session,
        notes.specialite,
        notes.epreuve,
        coalesce(notes.mode, 'NON RENSEIGNE') as mode,
        notes.note,
        cast(notes.note * 100 as bigint) as note_c,
        resultats.academie,
        coalesce(resultats.uai, resultats.etablissement) as etablissement,
        resultats.centre_ecrit,
        resultats.statut,
        resultats.sexe,
        resultats.forme
    from notes
    join resultats using (numero_candidat, specialite, session)

),

-- Chaque maille est un regroupement : la lire sept fois coûte moins qu'écrire chaque note sept fois.
statistiques as (

    select
        session,
        specialite,
        epreuve,
        mode,
        case
            when grouping(academie) = 0 then 'academie'
            when grouping(etablissement) = 0 then 'etablissement'
            when grouping(centre_ecrit) = 0 then 'centre_ecrit'
            when grouping(statut) = 0 then 'statut'
            when grouping(sexe) = 0 then 'sexe'
            when grouping(forme) = 0 then 'forme'
            else 'total'
        end as maille,
        if(
            maille = 'total',
            'total',
            coalesce(academie, etablissement, centre_ecrit, statut, sexe, forme, 'NON RENSEIGNE')
        ) as modalite,
        count(*) as n,
        avg(note) as moyenne,
        sum(note_c) as somme_c,
        sum(note_c * note_c) as carres_c,
        quantile_cont(cast(note as double), [0.25, 0.5, 0.75]) as quartiles,
        avg(if(note >= 10, 1, 0)) as part_sup_10,
        min(note) as minimum,
        max(note) as maximum
    from situees
    group by grouping sets (
        (session, specialite, epreuve, mode),
        (session, specialite, epreuve, mode, academie),
        (session, specialite, epreuve, mode, etablissement),
        (session, specialite, epreuve, mode, centre_ecrit),
        (session, specialite, epreuve, mode, statut),
        (session, specialite, epreuve, mode, sexe),
        (session, specialite, epreuve, mode, forme)
    )

)

select
    session,
    specialite,
    epreuve,
    mode,
    maille,
    modalite,
    n,
    moyenne,
    -- Sur des sommes entières : le même écart type à chaque calcul, dans quelque ordre que ce soit.
    case
        when n > 1
            then sqrt((n * carres_c - somme_c * somme_c)::double / (n * (n - 1))) / 100
    end as ecart_type,
    quartiles[2] as mediane,
    quartiles[1] as q1,
    quartiles[3] as q3,
    part_sup_10,
    minimum,
    maximum

from statistiques
order by session, specialite, epreuve, mode, maille, modalite
