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

-- Une note d'un autre mode (bénéfice, report, ponctuelle) ne laisse rien à évaluer en CCF.
notes_d_un_autre_mode as (

    select distinct numero_candidat, specialite, epreuve
    from staging.note
    where mode <> 'CCF' and etape <> 'controle'

)

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
    on autre.numero_candidat = candidats.numero_candidat
    and autre.specialite = candidats.specialite
    and autre.epreuve = epreuves.epreuve
where etablissements.est_exclu is not true
