-- Grain : une ligne par note chargée (candidat, spécialité, session, épreuve, étape)
with
notes as (select rowid as rang, * from raw.notes),
ecartees as (select distinct rang from staging.rejet_note),
retenues as (from notes anti join ecartees using (rang)),
combinaisons as (select * from staging.note_ecrite),
motifs_nv as (select texte, motif_nv from staging.motif_nv_ecrit),
unites as (select genre, ecrite, retenue from staging.unite_ecrite),
erreurs_formule as (select texte from staging.erreur_formule)
select
    coalesce(repares.numero_retenu, retenues.numero_candidat) as numero_candidat,
    combinaisons.specialite, combinaisons.session, combinaisons.epreuve, combinaisons.etape,
    combinaisons.note, combinaisons.code, combinaisons.mode,
    -- Une formule en erreur n'est le nom d'aucun centre (staging.valeur_ecartee la signale).
    centres.retenue as centre,
    commissions.retenue as commission,
    case when retenues.langue     not in (from erreurs_formule) then retenues.langue     end as langue,
    combinaisons.est_reserve,
    motifs_nv.motif_nv,
    case when regexp_full_match(retenues.session_origine, '20\d{2}(\.0+)?')
         then left(retenues.session_origine, 4)::integer end                                as session_origine,
    lots.retenue as lot,
    correcteurs.retenue as correcteur,
    retenues.fichier, retenues.ligne
from retenues
left join combinaisons
    on combinaisons.specialite_lue is not distinct from retenues.specialite
   and combinaisons.session_lue is not distinct from retenues.session
   and combinaisons.epreuve_lue is not distinct from retenues.epreuve
   and combinaisons.etape_lue is not distinct from retenues.etape
   and combinaisons.mode_lu is not distinct from retenues.mode
   and combinaisons.note_lue is not distinct from retenues.note
   and combinaisons.reserve_lue is not distinct from retenues.reserve
   and combinaisons.bareme_lu is not distinct from retenues.bareme
left join unites as centres on centres.genre = 'centre' and centres.ecrite = retenues.centre
left join unites as commissions
    on commissions.genre = 'commission' and commissions.ecrite = retenues.commission
left join unites as lots on lots.genre = 'lot' and lots.ecrite = retenues.lot
left join unites as correcteurs
    on correcteurs.genre = 'correcteur' and correcteurs.ecrite = retenues.correcteur
left join motifs_nv on motifs_nv.texte = retenues.motif_nv
left join staging.numero_repare as repares on repares.numero_lu = retenues.numero_candidat
