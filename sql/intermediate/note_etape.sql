-- Grain : une ligne par note (candidat, spécialité, session, épreuve, étape), les maintiens comptés
-- Les notes en vigueur sont les définitives, sinon les harmonisées, sinon les transmises. Un MAINTIEN rend harmonisées, sans
-- rien y changer, les notes transmises de son unité : sans lui elles resteraient provisoires toute la session. Une note
-- rejetée d'une étape suivante l'emporte : la transmise ne la remplace jamais.
with
notes as (select * from staging.note),

maintiens as (select * from intermediate.decision_unite where decision = 'MAINTIEN'),

suivantes as (
    select numero_candidat, specialite, session, epreuve
    from notes
    where etape in ('harmonisee', 'definitive')
    union
    select numero_candidat, specialite, session, epreuve
    from intermediate.rejet_candidat_note
    where portee = 'premier_groupe' and rang_etape > 1
),

maintenues as (
    select distinct fichier, ligne, numero_candidat, epreuve
    from intermediate.unite_note
    semi join maintiens using (session, specialite, epreuve, type_unite, unite)
)

from notes
union all by name
select notes.* replace ('harmonisee' as etape)
from notes
semi join maintenues using (fichier, ligne, numero_candidat, epreuve)
anti join suivantes using (numero_candidat, specialite, session, epreuve)
where notes.etape = 'transmise'
