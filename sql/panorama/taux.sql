-- Grain : une ligne par angle (specialite, academie, statut), groupe et session
-- Une figure de plusieurs dossiers n'additionne que celles que chacun publie ($interne : toutes), et n'est
-- donnée que si elles font presque tout le groupe ($part) : la somme d'une moitié n'en serait pas le taux.
with

decisions as (select * from masquage where epreuve = '' and mode = 'ENSEMBLE'),

places as (

    select
        r.*,
        -- Des candidats appelés au contrôle attendent leur décision : le taux n'est pas définitif.
        max(if(r.maille = 'total', r.controle, 0)) over (
            partition by r.dossier, r.session, r.specialite
        ) > 0 as est_en_attente,
        $interne or not coalesce(a.est_masque, true) as est_publie,
        $interne or not coalesce(m.est_masque, true) as moyenne_publiee,
        m.n as nb_moyennes
    from reussite as r
    left join decisions as a
        on
            a.mesure = 'admis' and a.dossier = r.dossier and a.session = r.session
            and a.specialite = r.specialite and a.maille = r.maille and a.modalite = r.modalite
    left join decisions as m
        on
            m.mesure = 'moyenne' and m.dossier = r.dossier and m.session = r.session
            and m.specialite = r.specialite and m.maille = r.maille and m.modalite = r.modalite
    where r.maille in ('total', 'academie', 'statut')

),

sommes as (

    select
        if(maille = 'total', 'specialite', maille) as angle,
        if(maille = 'total', specialite, modalite) as groupe,
        session,
        count(*) as nb_resultats,
        count(*) filter (where not est_publie) as nb_non_publies,
        count(*) filter (where est_en_attente) as nb_en_attente,
        sum(inscrits)::bigint as inscrits,
        sum(presents)::bigint as presents,
        coalesce(sum(presents) filter (where est_publie), 0)::bigint as presents_publies,
        sum(admis) filter (where est_publie)::bigint as admis,
        sum(nb_moyennes) filter (where moyenne_generale is not null) as nb_moyennes,
        sum(nb_moyennes) filter (where moyenne_generale is not null and moyenne_publiee)
            as nb_moyennes_publiees,
        sum(moyenne_generale * nb_moyennes) filter (where moyenne_publiee) as somme_moyennes
    from places
    group by all

)

select
    * exclude (admis, nb_moyennes, nb_moyennes_publiees, somme_moyennes),
    case when presents_publies >= greatest($minimum, $part * presents) then admis end as admis,
    case
        when presents_publies >= greatest($minimum, $part * presents)
            then admis / nullif(presents_publies, 0)
    end as taux_reussite,
    case
        when nb_moyennes_publiees >= greatest($minimum, $part * nb_moyennes)
            then somme_moyennes / nullif(nb_moyennes_publiees, 0)
    end as moyenne_generale
from sommes
order by all
