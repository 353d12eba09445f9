-- Grain : une ligne par session et spécialité
with

resultats as (select * from marts.resultat_candidat),

rattrapages as (select * from marts.rattrapage),

premier_groupe as (

    select
        session,
        specialite,
        count(*) as inscrits,
        count(*) filter (where est_present) as presents,
        count(*) filter (where not est_appele and decision_finale = 'ADMIS')
            as admis_premier_groupe
    from resultats
    group by all

),

controle as (

    select
        session,
        specialite,
        count(*) as appeles,
        count(*) filter (where atteignable) as atteignables,
        count(*) filter (where not atteignable) as hors_d_atteinte,
        count(*) filter (where len(epreuves_passees) > 0) as passes,
        count(*) filter (where len(epreuves_passees) >= 2) as passes_deux_epreuves,
        count(*) filter (where decision_finale = 'ADMIS') as admis_controle,
        count(*) filter (where decision_finale in ('REFUSE', 'ELIMINE')) as refuses_controle,
        count(*) filter (where decision_finale is null or decision_finale = 'CONTROLE')
            as sans_decision,
        avg(points_manquants) as points_manquants_moyens,
        avg(gain_obtenu) as gain_moyen
    from rattrapages
    group by all

)

select
    premier_groupe.session,
    premier_groupe.specialite,
    premier_groupe.inscrits,
    premier_groupe.presents,
    premier_groupe.admis_premier_groupe,
    coalesce(controle.appeles, 0) as appeles,
    coalesce(controle.atteignables, 0) as atteignables,
    coalesce(controle.hors_d_atteinte, 0) as hors_d_atteinte,
    coalesce(controle.passes, 0) as passes,
    coalesce(controle.passes_deux_epreuves, 0) as passes_deux_epreuves,
    coalesce(controle.admis_controle, 0) as admis_controle,
    coalesce(controle.refuses_controle, 0) as refuses_controle,
    coalesce(controle.sans_decision, 0) as sans_decision,
    case when controle.passes > 0 then controle.admis_controle / controle.passes end
        as taux_admis_passes,
    case
        when premier_groupe.presents > 0
            then coalesce(controle.admis_controle, 0) / premier_groupe.presents
    end as taux_reussite_apporte,
    controle.points_manquants_moyens,
    controle.gain_moyen

from premier_groupe
left join controle using (session, specialite)
order by premier_groupe.session, premier_groupe.specialite
