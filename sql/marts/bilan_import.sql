-- Grain : une ligne par fichier d'entrée et type de fichier
with
fichiers as (select * from raw.fichier),
-- Les lignes lues viennent du lecteur, les chargées et les rejetées de ce qu'il en reste : trois
-- comptes indépendants, dont l'égalité prouve que rien ne s'est perdu.
lignes_chargees as (
    select 'candidats' as type_fichier, fichier from staging.candidat
    union all select 'notes', fichier from staging.note
    union all select 'etablissements', fichier from staging.etablissement
    union all select 'decisions_jury', fichier from staging.decision_jury
    union all select 'decisions_harmonisation', fichier from staging.decision_harmonisation
),
motifs as (
    select 'candidats' as type_fichier, fichier, rang, regle from staging.rejet_candidat
    union all select 'notes', fichier, rang, regle from staging.rejet_note
    union all select 'etablissements', fichier, rang, regle from staging.rejet_etablissement
    union all select 'decisions_jury', fichier, rang, regle from staging.rejet_decision_jury
    union all
    select 'decisions_harmonisation', fichier, rang, regle from staging.rejet_decision_harmonisation
),
-- Une ligne répétée à l'identique, remplacée, ou hors du filtre d'un profil n'est pas une faute.
lignes_ecartees as (
    select type_fichier, fichier, rang,
           bool_and(regle in ('doublon', 'remplace')) as est_sans_faute
    from motifs
    group by all
),
-- Un rejet de structure sans rang tient au fichier entier (illisible, colonne absente), pas à une ligne.
lignes_illisibles as (
    select type_fichier, fichier, rang, bool_and(regle = 'hors_filtre') as est_sans_faute
    from raw.rejet
    where rang is not null
    group by all
),
chargees as (
    select type_fichier, fichier, count(*) as nb from lignes_chargees group by all
),
rejetees as (
    select type_fichier, fichier, count(*) as nb,
           count(*) filter (est_sans_faute) as nb_sans_faute
    from (from lignes_ecartees union all from lignes_illisibles)
    group by all
)
select
    f.fichier, f.sha256, f.type_fichier,
    f.lignes_lues,
    coalesce(chargees.nb, 0) as lignes_chargees,
    coalesce(rejetees.nb, 0) as lignes_rejetees,
    f.unite_compte, f.encodage, f.separateur, f.profil, f.octets, f.colonnes_ignorees,
    f.copie_de, f.remplace_par,
    coalesce(rejetees.nb_sans_faute, 0) as lignes_sans_faute
from fichiers as f
left join chargees using (type_fichier, fichier)
left join rejetees using (type_fichier, fichier)
order by f.type_fichier, f.fichier
