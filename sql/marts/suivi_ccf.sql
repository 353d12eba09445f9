-- Grain : une ligne par session, spécialité et établissement dont des notes de CCF sont attendues
with

cases as (select * from intermediate.case_ccf),

candidats as (select * from staging.candidat),

notes as (select * from staging.note where mode = 'CCF' and etape <> 'controle'),

modeles as (

    select *
    from raw.fichier
    where type_fichier = 'notes' and modele_uai is not null and modele_etape is distinct from 'controle'
        and copie_de is null and remplace_par is null

),

notes_des_cases as (

    select cases.*, notes.fichier, etapes.rang as rang_etape
    from cases
    join notes using (numero_candidat, specialite, epreuve)
    join reference.etape_note as etapes using (etape)

),

-- Facultatives et forme progressive : seule une note reçue dit que l'épreuve est présentée.
recues as (

    select distinct numero_candidat, specialite, epreuve, true as est_recue from notes_des_cases

),

comptes as (

    select
        uai,
        specialite,
        session,
        count(distinct numero_candidat) as nb_candidats,
        count(*) filter (where est_exigee or (est_recue and not est_facultative)) as nb_attendues,
        count(*) filter (where est_recue and not est_facultative) as nb_recues
    from cases
    left join recues using (numero_candidat, specialite, epreuve)
    group by uai, specialite, session

),

-- Un modèle nomme son établissement, même quand un numéro de candidat y est faux.
rejets as (

    select
        coalesce(modeles.modele_uai, candidats.uai) as uai,
        coalesce(modeles.modele_specialite, candidats.specialite) as specialite,
        count(distinct rejets.rang) as nb_rejetees
    from staging.rejet_note as rejets
    join raw.notes as brut on brut.rowid = rejets.rang
    left join modeles on modeles.fichier = rejets.fichier
    left join candidats
        on candidats.numero_candidat = rejets.numero_candidat
        and candidats.specialite = rejets.specialite
    where upper(brut.mode) = 'CCF' and rejets.regle not in ('doublon', 'remplace')
    group by all

),

-- Sans modèle : ce que l'établissement a transmis, ou à défaut ce que le service a saisi ensuite.
premieres_notes as (

    select *
    from notes_des_cases
    qualify rank() over (partition by uai, specialite order by rang_etape) = 1

),

autres_fichiers as (

    select uai, specialite, fichier, count(*) over (partition by uai, specialite) as nb_fichiers
    from premieres_notes
    group by uai, specialite, fichier
    qualify row_number() over (
        partition by uai, specialite order by count(*) desc, fichier
    ) = 1

),

noms as (

    select uai, specialite, min(etablissement) as etablissement from candidats group by all

)

select
    comptes.session,
    comptes.specialite,
    comptes.uai,
    coalesce(noms.etablissement, etablissements.nom, comptes.uai) as etablissement,
    case
        when modeles.fichier is null and autres_fichiers.fichier is null then 'rien'
        when nb_recues < nb_attendues then 'incomplet'
        else 'complet'
    end as reception,
    coalesce(modeles.fichier, autres_fichiers.fichier) as fichier,
    modeles.fichier is not null as est_modele,
    case when modeles.fichier is null then autres_fichiers.nb_fichiers else 1 end as nb_fichiers,
    modeles.modele_version as version,
    modeles.modifie_le as enregistre_le,
    limite.date_limite,
    left(modeles.modifie_le, 10) > strftime(limite.date_limite, '%Y-%m-%d') as est_hors_delai,
    modeles.modele_conforme as est_conforme,
    comptes.nb_candidats,
    comptes.nb_attendues,
    comptes.nb_recues,
    coalesce(rejets.nb_rejetees, 0) as nb_rejetees
from comptes
left join noms using (uai, specialite)
left join staging.etablissement as etablissements using (uai)
left join modeles
    on modeles.modele_uai = comptes.uai and modeles.modele_specialite = comptes.specialite
left join autres_fichiers using (uai, specialite)
left join rejets using (uai, specialite)
left join reference.ccf as limite on true
order by comptes.session, comptes.specialite, comptes.uai
