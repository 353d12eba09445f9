-- Grain : une ligne par angle (specialite, academie, statut), groupe et session
-- Une figure de plusieurs dossiers n'additionne que celles que chacun publie ($interne : toutes).
with

decisions as (select * from masquage where epreuve = '' and mode = 'ENSEMBLE'),

places as (

    select
        r.*,
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

)

select
    if(maille = 'total', 'specialite', maille) as angle,
    if(maille = 'total', specialite, modalite) as groupe,
    session,
    count(*) filter (where est_publie) as nb_resultats,
    count(*) filter (where not est_publie) as nb_non_publies,
    sum(inscrits) filter (where est_publie)::bigint as inscrits,
    sum(presents) filter (where est_publie)::bigint as presents,
    sum(admis) filter (where est_publie)::bigint as admis,
    (sum(admis) filter (where est_publie)) / nullif(sum(presents) filter (where est_publie), 0)
        as taux_reussite,
    sum(moyenne_generale * nb_moyennes) filter (where moyenne_publiee)
    / nullif(
        sum(nb_moyennes) filter (where moyenne_publiee and moyenne_generale is not null), 0
    ) as moyenne_generale
from places
group by all
order by all
