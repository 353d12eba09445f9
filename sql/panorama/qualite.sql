-- Grain : une ligne par établissement qui envoie des notes
with

envois as (

    select
        uai,
        min(etablissement) as etablissement,
        count(distinct row(dossier, session, specialite)) as nb_envois,
        sum(nb_attendues)::bigint as nb_attendues,
        sum(nb_recues)::bigint as nb_recues,
        sum(nb_rejetees)::bigint as nb_rejetees,
        -- Sans date d'envoi ni date limite, nul ne sait : ce n'est pas zéro.
        case when count(est_hors_delai) > 0 then count(*) filter (where est_hors_delai) end
            as nb_hors_delai
    from suivi_ccf
    where uai is not null
    group by uai

),

-- Ce qu'un envoi a de douteux : ses propres lignes, non ce que la réunion ou le jury en ont fait.
fautes as (

    select s.uai, count(*) as nb_anomalies
    from anomalie as a
    join (select distinct dossier, uai, fichier from suivi_ccf) as s
        on s.dossier = a.dossier and s.fichier = a.fichier and s.uai = a.uai
    where a.gravite <> 'info'
    group by s.uai

)

select
    uai,
    etablissement,
    nb_envois,
    nb_attendues,
    nb_recues,
    nb_rejetees,
    nb_hors_delai,
    coalesce(nb_anomalies, 0) as nb_anomalies
from envois
left join fautes using (uai)
order by all
