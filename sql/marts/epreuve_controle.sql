-- Grain : une ligne par candidat appelé aux épreuves de contrôle et épreuve du domaine général
with

unites as (

    select
        cast(0.01 as decimal(3, 2)) as centieme,
        cast(0.0001 as decimal(5, 4)) as dix_millieme

)

select
    epreuves.session,
    epreuves.specialite,
    epreuves.numero_candidat,
    epreuves.epreuve,
    epreuves.est_possible,
    epreuves.motif_impossible,
    cast(epreuves.coefficient_c * unites.centieme as decimal(8, 2)) as coefficient,
    cast(epreuves.points_dm * unites.dix_millieme as decimal(12, 4)) as points,
    cast(epreuves.gain_maximal_dm * unites.dix_millieme as decimal(12, 4)) as gain_maximal,
    epreuves.note_controle,
    epreuves.code_controle,
    epreuves.est_passee,
    epreuves.est_rejetee,
    cast(epreuves.gain_dm * unites.dix_millieme as decimal(12, 4)) as gain,
    epreuves.fichier,
    epreuves.ligne

from intermediate.epreuve_controle as epreuves
cross join unites
order by epreuves.session, epreuves.specialite, epreuves.numero_candidat, epreuves.rang
