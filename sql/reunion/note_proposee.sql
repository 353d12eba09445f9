-- Grain : une ligne par note transmise d'une unité dont le décalage décidé n'a pas encore été reporté
-- La note proposée vaut la note transmise plus le décalage, bornée à [0 ; 20], puis arrondie au pas (demi vers le haut). Un
-- code (AB, AJ, NV, DI, FR) reste ce qu'il est. Rien n'est corrigé : le tableau est à relire et à signer.
with
notes as (select * from staging.note where etape = 'transmise'),

unites as (select * from intermediate.unite_note),

decisions as (
    select session, specialite, epreuve, type_unite, unite, decalage_decide
    from marts.ecart_en_vigueur
    where decision = 'DECALAGE' and suite_donnee = 'a_reporter'
),

candidats as (select session, specialite, numero_candidat, nom, prenom from staging.candidat),

pas as (select pas_note from reference.parametre),

decalees as (
    select
        notes.*, unites.type_unite, unites.unite, decisions.decalage_decide,
        greatest(0, least(20, notes.note + decisions.decalage_decide))::decimal(6, 2) as bornee
    from notes
    join unites using (session, specialite, epreuve, numero_candidat, fichier, ligne)
    join decisions using (session, specialite, epreuve, type_unite, unite)
)

select
    numero_candidat, nom, prenom, specialite, session, epreuve, type_unite, unite,
    coalesce(code, replace(note::varchar, '.', ',')) as note_transmise,
    decalage_decide,
    coalesce(
        code,
        replace(
            (((2 * bornee * 100 + pas_note * 100)::bigint // (2 * pas_note * 100)::bigint) * pas_note)
            ::decimal(4, 2)::varchar,
            '.', ','
        )
    ) as note,
    mode, centre, commission, langue, 'harmonisee' as etape
from decalees
join candidats using (session, specialite, numero_candidat)
cross join pas
order by specialite, epreuve, unite, numero_candidat
