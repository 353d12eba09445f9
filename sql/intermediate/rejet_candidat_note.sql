-- Grain : une ligne par note rejetée d'un candidat inscrit, avec le premier de ses motifs
--
-- Un doublon a son jumeau chargé et une version remplacée a sa remplaçante : ni l'un ni l'autre ne
-- manque au candidat. Un rejet dont la spécialité ou la session est fausse est rapproché du candidat
-- quand même (a_la_cle = non) ; une étape illisible vaut la plus haute du premier groupe.
with

candidats as (select * from staging.candidat),

rejets as (select * from staging.rejet_note),

epreuves as (select * from reference.epreuve),

groupes as (select distinct specialite, epreuve_groupe from epreuves where not est_facultative),

rejets_des_candidats as (

    select
        candidats.numero_candidat,
        candidats.specialite,
        candidats.session,
        rejets.epreuve,
        rejets.etape,
        rejets.fichier,
        rejets.ligne,
        rejets.colonne,
        rejets.valeur,
        rejets.regle,
        rejets.message,
        coalesce(rejets.specialite, candidats.specialite) = candidats.specialite
        and coalesce(rejets.session, candidats.session) = candidats.session as a_la_cle

    from rejets
    join candidats on rejets.numero_candidat = candidats.numero_candidat
    where rejets.regle not in ('doublon', 'remplace')

),

premiers_motifs as (

    select *
    from rejets_des_candidats
    qualify row_number() over (
        partition by numero_candidat, specialite, session, fichier, ligne, epreuve
        order by regle, colonne, valeur
    ) = 1

)

select
    rejets.numero_candidat,
    rejets.specialite,
    rejets.session,
    rejets.epreuve,
    rejets.etape,
    rejets.a_la_cle,
    case
        when rejets.etape = 'controle' and (
            groupes.epreuve_groupe is not null or epreuves.epreuve is not null
        ) then 'controle'
        when rejets.etape is distinct from 'controle' and epreuves.epreuve is not null
            then 'premier_groupe'
        else 'sans_epreuve'
    end as portee,
    coalesce(etapes.rang, (select max(rang) from reference.etape_note)) as rang_etape,
    coalesce(groupes.epreuve_groupe, epreuves.epreuve_groupe) as epreuve_groupe,
    rejets.fichier,
    rejets.ligne,
    rejets.colonne,
    rejets.valeur,
    rejets.regle,
    rejets.message

from premiers_motifs as rejets
left join reference.etape_note as etapes on rejets.etape = etapes.etape
left join epreuves
    on rejets.specialite = epreuves.specialite and rejets.epreuve = epreuves.epreuve
left join groupes
    on rejets.specialite = groupes.specialite and rejets.epreuve = groupes.epreuve_groupe
