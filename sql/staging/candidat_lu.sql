-- Grain : une ligne par ligne lue dans un fichier de candidats (rang), valeurs mises en forme, rien d'écarté
with
erreurs_formule as (select texte from staging.erreur_formule),
unites as (select genre, ecrite, retenue from staging.unite_ecrite),
-- Une formule en erreur n'est pas une valeur : ce qui est facultatif reste vide, et se signale
-- (staging.valeur_ecartee) ; ce qui ne l'est pas écarte la ligne.
textes as (
    select rowid as rang,
           * exclude (supplement)
             replace (
               case when ine           not in (from erreurs_formule) then ine           end as ine,
               case when nom           not in (from erreurs_formule) then nom           end as nom,
               case when prenom        not in (from erreurs_formule) then prenom        end as prenom,
               case when academie      not in (from erreurs_formule) then academie      end as academie,
               case when uai           not in (from erreurs_formule) then uai           end as uai,
               case when etablissement not in (from erreurs_formule) then etablissement end as etablissement,
               case when centre_ecrit  not in (from erreurs_formule) then centre_ecrit  end as centre_ecrit,
               case when bac_origine   not in (from erreurs_formule) then bac_origine   end as bac_origine
           )
    from raw.candidats
),
formes_majuscules as (
    select *,
           translate(strip_accents(upper(statut)), '-' || chr(160), '  ') as statut_majuscule,
           strip_accents(upper(forme))                     as forme_majuscule,
           strip_accents(upper(sexe))                      as sexe_majuscule
    from textes
),
codes_statut(ecrit, statut) as (
    values ('SCOLAIRE', 'SCOLAIRE'), ('SCOLAIRES', 'SCOLAIRE'),
           ('APPRENTI', 'APPRENTI'), ('APPRENTIE', 'APPRENTI'), ('APPRENTIS', 'APPRENTI'),
           ('APPRENTISSAGE', 'APPRENTI'), ('FORMATION CONTINUE', 'FORMATION CONTINUE'),
           ('EAD', 'EAD'), ('ENSEIGNEMENT A DISTANCE', 'EAD'),
           ('INDIVIDUEL', 'INDIVIDUEL'), ('INDIVIDUELLE', 'INDIVIDUEL'), ('INDIVIDUELS', 'INDIVIDUEL')
),
codes_forme(ecrit, forme) as (
    values ('GLOBALE', 'GLOBALE'), ('PROGRESSIVE', 'PROGRESSIVE'), ('PROGRESSIF', 'PROGRESSIVE')
),
codes_sexe(ecrit, sexe) as (
    values ('F', 'F'), ('M', 'M'), ('H', 'M'), ('FEMININ', 'F'), ('MASCULIN', 'M'),
           ('MME', 'F'), ('MLLE', 'F'), ('MADAME', 'F'), ('MADEMOISELLE', 'F'), ('FEMME', 'F'),
           ('M.', 'M'), ('MR', 'M'), ('MONSIEUR', 'M'), ('HOMME', 'M')
),
dates as (select ecrite, naissance as date_naissance from staging.date_ecrite)
select
    c.rang, c.fichier, c.ligne,
    coalesce(repares.numero_retenu, c.numero_candidat) as numero_candidat,
    upper(c.ine)                                   as ine,
    c.nom, c.prenom,
    dates.date_naissance,
    c.date_naissance                               as date_naissance_lue,
    codes_sexe.sexe,
    c.sexe                                         as sexe_lu,
    upper(c.specialite)                            as specialite,
    case when regexp_full_match(c.session, '\d{4}(\.0+)?')
         then left(c.session, 4)::integer end      as session,
    c.session                                      as session_lue,
    upper(c.academie)                              as academie,
    regexp_replace(regexp_replace(upper(c.uai), '[^A-Z0-9]', '', 'g'), '^(\d{6}[A-Z])$', '0\1')
                                                   as uai,
    etablissements.retenue                         as etablissement,
    codes_statut.statut,
    c.statut                                       as statut_lu,
    codes_forme.forme,
    c.forme                                        as forme_lue,
    centres.retenue                                as centre_ecrit,
    c.bac_origine
from formes_majuscules as c
left join staging.numero_repare as repares on repares.numero_lu = c.numero_candidat
left join unites as centres on centres.genre = 'centre' and centres.ecrite = c.centre_ecrit
left join unites as etablissements
    on etablissements.genre = 'etablissement' and etablissements.ecrite = c.etablissement
left join dates on dates.ecrite = c.date_naissance
left join codes_statut on codes_statut.ecrit = c.statut_majuscule
left join codes_forme on codes_forme.ecrit = c.forme_majuscule
left join codes_sexe on codes_sexe.ecrit = c.sexe_majuscule
