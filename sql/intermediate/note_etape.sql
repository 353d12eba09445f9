-- Grain : une ligne par note (candidat, spécialité, session, épreuve, étape), les maintiens comptés
-- Les notes en vigueur sont les définitives, sinon les harmonisées, sinon les transmises. Un MAINTIEN rend harmonisées, sans
-- rien y changer, les notes transmises de son unité : sans lui elles resteraient provisoires toute la session. Une note
-- rejetée d'une étape suivante l'emporte : la transmise ne la remplace jamais.
-- Une note conservée peut être celle d'une épreuve entière (bénéfice d'avant 2023) : elle vaut pour chaque sous-épreuve.
with
epreuves as (select specialite, epreuve, epreuve_groupe from reference.epreuve where not est_facultative),

parties as (from epreuves where epreuve <> epreuve_groupe),

d_une_epreuve as (
    select * from staging.note where mode in ('BENEFICE', 'REPORT') and etape <> 'controle'
),

notes as not materialized (
    select lues.*, false as est_de_l_epreuve
    from staging.note as lues
    anti join (
        select fichier, ligne, numero_candidat, d_une_epreuve.epreuve
        from d_une_epreuve
        join parties
            on d_une_epreuve.specialite = parties.specialite and d_une_epreuve.epreuve = parties.epreuve_groupe
    ) as entieres using (fichier, ligne, numero_candidat, epreuve)
    union all by name
    select d_une_epreuve.* replace (parties.epreuve as epreuve), true as est_de_l_epreuve
    from d_une_epreuve
    join parties
        on d_une_epreuve.specialite = parties.specialite and d_une_epreuve.epreuve = parties.epreuve_groupe
),

maintiens as (select * from intermediate.decision_unite where decision = 'MAINTIEN'),

maintenues as (
    select distinct fichier, ligne, numero_candidat, epreuve
    from intermediate.unite_note
    semi join maintiens using (session, specialite, epreuve, type_unite, unite)
),

transmises as (
    select notes.*
    from notes
    semi join maintenues using (fichier, ligne, numero_candidat, epreuve)
    where notes.etape = 'transmise'
),

suivantes as (
    select numero_candidat, specialite, session, epreuve
    from notes
    semi join transmises using (numero_candidat, specialite, session, epreuve)
    where etape in (select etape from reference.etape_note where rang > 1)
    union all
    select numero_candidat, specialite, session, epreuve
    from intermediate.rejet_candidat_note
    where portee = 'premier_groupe' and rang_etape > 1
)

from notes
union all by name
select transmises.* replace ('harmonisee' as etape)
from transmises
anti join suivantes using (numero_candidat, specialite, session, epreuve)
