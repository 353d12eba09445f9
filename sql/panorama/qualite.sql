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
        count(*) filter (where est_hors_delai) as nb_hors_delai
    from suivi_ccf
    where uai is not null
    group by uai

),

fautes as (

    select uai, count(*) as nb_anomalies
    from anomalie
    where uai is not null and gravite <> 'info'
    group by uai

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
