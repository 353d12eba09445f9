-- Grain : une ligne par note écartée et par motif (rang, règle), sans le texte montré
with
-- Un modèle CCF remplacé par une version plus récente n'est plus contrôlé : il est écarté en entier.
-- « not materialized » : la table est relue plutôt que recopiée en mémoire, bien plus vite.
lues as not materialized (select * from staging.note_lue where not est_remplacee),
ecrites as (select * from staging.note_ecrite),
remplacees as (
    select rang, 'note' as colonne, 'remplace' as regle,
           ': modèle remplacé par une version plus récente du même établissement' as raison
    from staging.note_lue
    where est_remplacee
),
numeros_vides as (
    select rang, 'numero_candidat', 'champ_obligatoire', ': ce champ est obligatoire'
    from lues
    where numero_candidat is null
),
sans_candidat as (
    select lues.rang, lues.numero_candidat, ecrites.specialite
    from lues
    join ecrites using (combinaison)
    semi join reference.specialite as connue on connue.specialite = ecrites.specialite
    anti join staging.candidat as connu
        on connu.numero_candidat = lues.numero_candidat and connu.specialite = ecrites.specialite
    where lues.numero_candidat is not null
),
candidats as (
    select rang, 'numero_candidat',
           if(ecartes.numero_candidat is null, 'candidat_inconnu', 'candidat_ecarte'),
           coalesce(ecartes.raison, 'absent des candidats chargés de ' || specialite)
    from sans_candidat
    left join staging.candidat_ecarte as ecartes using (numero_candidat)
),

-- Ce qui se juge sur les seules valeurs codées se juge une fois par combinaison.
champs_vides as (
    select combinaison, colonne, 'champ_obligatoire' as regle,
           ': ce champ est obligatoire' as raison
    from (
        unpivot (
            select combinaison,
                   coalesce(specialite, '')      as specialite,
                   coalesce(session_lue, '')     as session,
                   coalesce(epreuve, '')         as epreuve,
                   coalesce(note_lue, '')        as note,
                   coalesce(mode, mode_lu, '')   as mode
            from ecrites
        )
        on specialite, session, epreuve, note, mode
        into name colonne value contenu
    )
    where contenu = ''
),
specialites as (
    select combinaison, 'specialite', 'specialite_hors_dossier',
           'n''est pas une spécialité de ce dossier'
    from ecrites
    anti join reference.specialite as connue on connue.specialite = ecrites.specialite
    where ecrites.specialite is not null
),
sessions as (
    select combinaison, 'session', 'session_hors_dossier',
           'n''est pas la session de ce dossier (' || attendue.annee || ')'
    from ecrites
    cross join reference.session as attendue
    where session_lue is not null and session is distinct from attendue.annee
),
epreuves_entieres as (
    select distinct specialite, epreuve_groupe as epreuve
    from reference.epreuve
    where not est_facultative
),
epreuves_du_reglement as (select specialite, epreuve, rang from reference.epreuve),
-- Au contrôle on reprend une épreuve entière du domaine général, ou la sous-épreuve de langue
-- quand le réglage de la session le dit.
epreuves_de_controle as (
    select distinct specialite, epreuve_groupe as epreuve
    from reference.epreuve
    where not est_facultative
      -- 2021 : un oral porte aussi sur les compétences professionnelles.
      and (domaine = 'general' or 'exceptionnel' in (select controle from reference.regime))
    union
    select e.specialite, e.epreuve
    from reference.epreuve as e
    join reference.parametre as p on p.controle_langue = e.epreuve
),
listes as (
    select specialite, string_agg(epreuve, ', ' order by rang) as liste
    from epreuves_du_reglement
    group by specialite
),
listes_de_controle as (
    select specialite, string_agg(epreuve, ', ' order by epreuve) as liste
    from epreuves_de_controle
    group by specialite
),
epreuves as (
    select combinaison, 'epreuve', 'epreuve_inconnue',
           'absente du règlement de ' || ecrites.specialite || ' (' || listes.liste || ')'
    from ecrites
    join listes using (specialite)
    anti join epreuves_du_reglement as connue
        on connue.specialite = ecrites.specialite and connue.epreuve = ecrites.epreuve
    -- Une note conservée peut être celle de l'épreuve entière (bénéfice d'avant 2023).
    anti join epreuves_entieres as entiere
        on entiere.specialite = ecrites.specialite and entiere.epreuve = ecrites.epreuve
       and ecrites.mode in ('BENEFICE', 'REPORT')
    where ecrites.epreuve is not null and ecrites.etape is distinct from 'controle'
),
epreuves_controle as (
    select combinaison, 'epreuve', 'epreuve_controle',
           'ne se reprend pas au contrôle en ' || ecrites.specialite || ' (' || liste || ')'
    from ecrites
    join listes_de_controle using (specialite)
    anti join epreuves_de_controle as connue
        on connue.specialite = ecrites.specialite and connue.epreuve = ecrites.epreuve
    where ecrites.epreuve is not null and ecrites.etape = 'controle'
),
notes_non_comprises as (
    select combinaison, note_lue,
           regexp_replace((centiemes_bareme::decimal(8, 0) * 0.01::decimal(3, 2))::varchar, '[.]00$', '')
                                             as echelle_ecrite,
           centiemes_bareme / 100.0          as echelle,
           regexp_full_match(note_lue, '-?\d+([.,]\d+)?')  as est_nombre,
           note_lue in (select texte from staging.erreur_formule) as est_formule,
           try_cast(replace(note_lue, ',', '.') as double) as valeur
    from ecrites
    where note_lue is not null and note is null and code is null and centiemes_bareme is not null
),
bornes as (
    select combinaison, 'note', 'note_bornes', concat('hors de [0 ; ', echelle_ecrite, ']')
    from notes_non_comprises
    where est_nombre and coalesce(valeur not between 0 and echelle or note_lue like '-%', true)
),
decimales as (
    select combinaison, 'note', 'note_decimales',
           if(echelle = 20, ': deux décimales au plus',
              concat('n''a pas de valeur exacte sur 20, barème ', echelle_ecrite))
    from notes_non_comprises
    where est_nombre and valeur between 0 and echelle and note_lue not like '-%'
),
codes_connus as (select string_agg(code, ', ') as liste from reference.code_note),
codes as (
    select combinaison, 'note', 'code_inconnu',
           case when regexp_matches(note_lue, '^\d{4}-\d\d-\d\d')
                then ': une date ou une heure, que le tableur a mise à la place de la note'
                when regexp_full_match(note_lue, '\d{1,2}[:h]\d\d(:\d\d)?( [AP]M)?')
                then ': une heure, que le tableur a mise à la place de la note'
                when contains(note_lue, '%') then ': un pourcentage, pas une note sur 20'
                when lower(note_lue) in ('true', 'false', 'vrai', 'faux')
                then ': un vrai ou faux, que le tableur a mis à la place de la note'
                else ': ni une note sur 20, ni un code connu (' || codes_connus.liste || ')' end
    from notes_non_comprises
    cross join codes_connus
    where not est_nombre and not est_formule
),
formules as (
    select combinaison, 'note', 'formule_en_erreur',
           if(note_lue = '#SANS VALEUR!',
              ': formule jamais calculée ; ouvrez le classeur dans le tableur et enregistrez-le',
              ': formule en erreur dans le tableur')
    from notes_non_comprises
    where est_formule
),
modes as (
    select combinaison, 'mode', 'mode_inconnu', 'inconnu (PONCTUEL, CCF, BENEFICE ou REPORT)'
    from ecrites
    where mode_lu is not null and mode is null
),
etapes as (
    select combinaison, 'etape', 'etape_inconnue',
           'inconnue (transmise, harmonisee, definitive ou controle)'
    from ecrites
    where etape is null
),
reserves as (
    select combinaison, 'reserve', 'reserve_inconnue', 'inconnue (O ou N)'
    from ecrites
    where est_reserve is null
),
motifs_de_combinaison as (
    from champs_vides
    union all from specialites
    union all from sessions
    union all from epreuves
    union all from epreuves_controle
    union all from bornes
    union all from decimales
    union all from codes
    union all from formules
    union all from modes
    union all from etapes
    union all from reserves
),
valeurs as (
    select lues.rang, m.colonne, m.regle, m.raison
    from lues
    join motifs_de_combinaison as m using (combinaison)
),
-- Une note sur un autre barème que 20 n'est jamais lue sur 20 : seul un profil la convertit.
baremes as (
    select lues.rang, 'bareme', 'bareme_inconnu',
           'n''est pas 20, et aucun profil d''import ne le convertit'
    from lues
    join ecrites using (combinaison)
    join raw.notes as brut on brut.rowid = lues.rang
    join raw.fichier as source on source.type_fichier = 'notes' and source.fichier = brut.fichier
    where ecrites.bareme_lu is not null
      and ecrites.centiemes_bareme is distinct from 2000
      and not (source.convertit_baremes and ecrites.centiemes_bareme is not null)
    union all
    select lues.rang, 'note', 'bareme_inconnu',
           concat('n''est pas sûrement sur 20 : ', douteux.nb_au_dessus, ' notes de ', douteux.epreuve, ' sur ',
                  douteux.nb_notes, ' dépassent 20 dans ce fichier ; dites leur barème')
    from staging.bareme_douteux as douteux
    join ecrites
        on ecrites.epreuve = douteux.epreuve and ecrites.code is null and ecrites.centiemes_bareme = 2000
    join lues using (combinaison)
    join raw.notes as brut on brut.rowid = lues.rang and brut.fichier = douteux.fichier
),
-- Un second en-tête au milieu d'un fichier large (deux tableaux collés), avec d'autres colonnes ou un autre
-- barème : de ce qui le suit, plus rien ne dit de quelle épreuve est une note.
titres as (
    select fichier, lower(strip_accents(trim(libelle))) as titre, epreuve from raw.colonne_epreuve
    union
    select large.fichier, lower(connue.epreuve), connue.epreuve
    from raw.colonne_epreuve as large
    cross join reference.epreuve as connue
),
textes as (
    select combinaison, lower(strip_accents(trim(note_lue))) as texte
    from ecrites
    where note is null and code is null and regexp_matches(note_lue, '[A-Za-z]')
),
seconds_entetes as (
    select brut.fichier, min(brut.ligne) as ligne_entete
    from textes
    join lues using (combinaison)
    join raw.notes as brut on brut.rowid = lues.rang
    join raw.colonne_epreuve as large
        on large.fichier = brut.fichier and large.epreuve = brut.epreuve
    where texte <> lower(strip_accents(trim(large.libelle)))
      and exists (
          select 1 from titres
          where titres.fichier = brut.fichier
            and (titres.titre = texte
                 or regexp_matches(texte, concat('(^|[^a-z0-9])', lower(titres.epreuve), '($|[^a-z0-9])'))))
    group by brut.fichier
),
apres_un_entete as (
    select lues.rang, 'note', 'second_entete',
           concat(': un autre en-tête, ligne ', ligne_entete, ', change les colonnes ou leur barème')
    from seconds_entetes
    join raw.notes as brut on brut.fichier = seconds_entetes.fichier and brut.ligne > ligne_entete
    join lues on lues.rang = brut.rowid
),
-- Une ligne écartée pour elle-même n'en écarte pas une autre de même clé.
invalides as (
    select rang from numeros_vides
    union
    select rang from candidats
    union
    select rang from valeurs
    union
    select rang from baremes
    union
    select rang from apres_un_entete
),

-- Une même clé deux fois : la même ligne est un doublon, deux contenus différents s'annulent, à moins
-- que la session dise quel fichier a été envoyé en dernier : ses lignes remplacent alors les autres.
toutes_repetees as (
    select cles.rang, cles.numero_candidat, cles.cle_epreuve, ecrites.epreuve, ecrites.etape,
           brut.fichier, brut.ligne, source.rang_envoi,
           invalides.rang is null as est_valide,
           row(coalesce(ecrites.note::varchar, ecrites.code, note_lue),
               coalesce(ecrites.mode, mode_lu), centres.retenue, commissions.retenue, brut.langue,
               coalesce(est_reserve::varchar, reserve_lue), brut.motif_nv, brut.session_origine,
               brut.lot, brut.correcteur) as contenu
    from lues as cles
    semi join staging.empreinte_repetee as repetee
        on repetee.empreinte = hash(cles.numero_candidat, cles.cle_epreuve)
    join ecrites using (combinaison)
    join raw.notes as brut on brut.rowid = cles.rang
    join raw.fichier as source on source.type_fichier = 'notes' and source.fichier = brut.fichier
    left join staging.unite_ecrite as centres
        on centres.genre = 'centre' and centres.ecrite = brut.centre
    left join staging.unite_ecrite as commissions
        on commissions.genre = 'commission' and commissions.ecrite = brut.commission
    left join invalides on invalides.rang = cles.rang
    where cles.numero_candidat is not null and cles.cle_epreuve is not null
),
-- Le dernier envoi compte même quand sa ligne est illisible : la note qu'il remplace ne vaut plus.
derniers_envois as (
    select numero_candidat, cle_epreuve, max(rang_envoi) as dernier_envoi,
           arg_max(fichier, rang_envoi) as dernier_fichier
    from toutes_repetees
    group by all
    having bool_and(rang_envoi is not null) and count(distinct contenu) > 1
),
lignes_remplacees as (
    select rang, dernier_fichier
    from toutes_repetees
    join derniers_envois using (numero_candidat, cle_epreuve)
    where est_valide and rang_envoi < dernier_envoi
),
remplacees_par_un_envoi as (
    select rang, 'note', 'remplace', concat(': note remplacée par celle de ', dernier_fichier)
    from lignes_remplacees
),
lignes_repetees as (
    from toutes_repetees
    anti join lignes_remplacees using (rang)
    where est_valide
),
versions as (
    select numero_candidat, cle_epreuve,
           count(distinct contenu) as nb_versions,
           arg_min(rang, (fichier, ligne, rang)) as premier_rang
    from lignes_repetees
    group by all
    having count(*) > 1
),
contradictions as (
    select rang, 'numero_candidat', 'cle_contradictoire',
           concat('a ', nb_versions, ' notes différentes en ', epreuve, ' à l''étape ', etape,
                  ' ; aucune n''est retenue')
    from lignes_repetees
    join versions using (numero_candidat, cle_epreuve)
    where nb_versions > 1
),
doublons as (
    select rang, 'numero_candidat', 'doublon',
           concat('répète une ligne identique en ', epreuve, ' à l''étape ', etape)
    from lignes_repetees
    join versions using (numero_candidat, cle_epreuve)
    where nb_versions = 1 and rang <> premier_rang
)
from remplacees
union all from remplacees_par_un_envoi
union all from numeros_vides
union all from candidats
union all from valeurs
union all from baremes
union all from apres_un_entete
union all from contradictions
union all from doublons
