-- Grain : une ligne par session, spécialité, établissement et épreuve obligatoire
with

candidats as (

    select
        numero_candidat,
        specialite,
        session,
        coalesce(uai, etablissement, 'NON RENSEIGNE') as modalite,
        uai,
        coalesce(etablissement, uai, 'Non renseigné') as etablissement,
        forme
    from staging.candidat

),

notes as (

    select *, note is not null or code is not null as est_recue
    from marts.note_retenue
    where not est_facultative

)

select
    session,
    specialite,
    modalite,
    min(candidats.uai) as uai,
    min(candidats.etablissement) as etablissement,
    epreuve,
    min(notes.rang) as rang,
    -- en forme progressive, seules les épreuves présentées cette année sont attendues
    count(*) filter (where est_recue or candidats.forme = 'GLOBALE') as attendues,
    count(*) filter (where est_recue) as recues,
    count(*) filter (where not est_recue and candidats.forme = 'GLOBALE') as manquantes,
    count(*) filter (where not est_recue and est_rejetee) as rejetees,
    count(*) filter (where est_recue and provisoire) as provisoires
from candidats
join notes using (numero_candidat, specialite, session)
group by session, specialite, modalite, epreuve
order by session, specialite, modalite, rang
