-- Grain : une ligne par candidat et épreuve dont la note doit venir du CCF de son établissement
--
-- Ni individuel, ni EAD, ni établissement non habilité ou hors contrat (Code de l'éducation, D643-19).
-- Une habilitation inconnue n'ôte personne : le service le saura en voyant le modèle.
with

candidats as (

    select * from staging.candidat where uai is not null and statut not in ('EAD', 'INDIVIDUEL')

),

etablissements as (

    select uai, ccf = 'N' or type = 'PRIVE HORS CONTRAT' as est_exclu, ccf = 'ETENDU' as est_etendu
    from staging.etablissement

),

epreuves as (select * from reference.epreuve),

-- Une note d'un autre mode (bénéfice, report, ponctuelle) ne laisse rien à évaluer en CCF ; conservée, elle peut
-- être celle de l'épreuve entière (bénéfice d'avant 2023) : elle vaut pour chaque sous-épreuve.
notes_d_un_autre_mode as (

    select distinct notes.numero_candidat, notes.specialite, epreuves.epreuve
    from staging.note as notes
    join epreuves
        on notes.specialite = epreuves.specialite
        and (
            notes.epreuve = epreuves.epreuve
            or (notes.mode in ('BENEFICE', 'REPORT') and notes.epreuve = epreuves.epreuve_groupe)
        )
    where notes.mode is distinct from 'CCF' and notes.etape <> 'controle'

),

select
    candidats.uai,
    candidats.specialite,
    candidats.session,
    candidats.numero_candidat,
    epreuves.epreuve,
    epreuves.rang,
    epreuves.est_facultative,
    candidats.forme = 'GLOBALE' and not epreuves.est_facultative as est_exigee
from candidats
left join etablissements using (uai)
join epreuves
    on epreuves.specialite = candidats.specialite
    and (
        epreuves.est_ccf
        -- le CCF étendu de la formation continue prend aussi les écrits du domaine général
        or (
            etablissements.est_etendu
            and candidats.statut = 'FORMATION CONTINUE'
            and epreuves.domaine = 'general'
            and not epreuves.est_facultative
        )
    )
anti join notes_d_un_autre_mode as autre
    on candidats.numero_candidat = autre.numero_candidat
    and candidats.specialite = autre.specialite
    and epreuves.epreuve = autre.epreuve
where etablissements.est_exclu is not true
