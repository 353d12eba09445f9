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
lignes_ecartees as (
    select distinct 'candidats' as type_fichier, fichier, rang from staging.rejet_candidat
    union all select distinct 'notes', fichier, rang from staging.rejet_note
    union all select distinct 'etablissements', fichier, rang from staging.rejet_etablissement
    union all select distinct 'decisions_jury', fichier, rang from staging.rejet_decision_jury
    union all
    select distinct 'decisions_harmonisation', fichier, rang
    from staging.rejet_decision_harmonisation
),
-- Un rejet de structure sans rang tient au fichier entier (illisible, colonne absente), pas à une ligne.
lignes_illisibles as (
    select distinct type_fichier, fichier, rang from raw.rejet where rang is not null
),
chargees as (
    select type_fichier, fichier, count(*) as nb from lignes_chargees group by all
),
rejetees as (
    select type_fichier, fichier, count(*) as nb
    from (from lignes_ecartees union all from lignes_illisibles)
    group by all
)
select
    f.fichier, f.sha256, f.type_fichier,
    f.lignes_lues,
    coalesce(chargees.nb, 0) as lignes_chargees,
    coalesce(rejetees.nb, 0) as lignes_rejetees,
    f.unite_compte, f.encodage, f.separateur, f.profil, f.octets, f.colonnes_ignorees,
    f.copie_de, f.remplace_par
from fichiers as f
left join chargees using (type_fichier, fichier)
left join rejetees using (type_fichier, fichier)
order by f.type_fichier, f.fichier
