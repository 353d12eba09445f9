-- Grain : une ligne par candidat appelé au contrôle et choix d'une ou de deux épreuves possibles
--
-- Une seule épreuve : epreuve_2 est vide, sa place vaut zéro coefficient et zéro point.
with

appeles as (select * from intermediate.appel_controle where est_issue_calculable),

epreuves as (select * from intermediate.epreuve_controle where est_possible),

choix as (

    select
        premieres.numero_candidat,
        premieres.specialite,
        premieres.session,
        premieres.rang as rang_1,
        secondes.rang as rang_2,
        premieres.epreuve as epreuve_1,
        secondes.epreuve as epreuve_2,
        premieres.coefficient_c as coefficient_1_c,
        premieres.points_dm as points_1_dm,
        premieres.gain_maximal_dm as gain_1_dm,
        coalesce(secondes.coefficient_c, 0) as coefficient_2_c,
        coalesce(secondes.points_dm, 0) as points_2_dm,
        coalesce(secondes.gain_maximal_dm, 0) as gain_2_dm

    from epreuves as premieres
    join (
        from epreuves
        union all by name
        select distinct numero_candidat, specialite, session from epreuves
    ) as secondes
        on premieres.numero_candidat = secondes.numero_candidat
        and premieres.specialite = secondes.specialite
        and premieres.session = secondes.session
        and (secondes.rang > premieres.rang or secondes.rang is null)
        -- Jamais deux oraux de langue.
        and not (premieres.est_langue and coalesce(secondes.est_langue, false))

)

select
    choix.*,
    appeles.points_manquants_dm,
    appeles.moyenne_generale_c

from choix
join appeles using (numero_candidat, specialite, session)
