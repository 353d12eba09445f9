-- Grain : une ligne par note conservée (bénéfice ou report) retenue, et ce qui ne va pas avec elle (probleme, souvent NULL)
--
-- Un bénéfice vaut cinq ans à partir de la session d'où il vient. Avant 2023 il est tenu à l'épreuve entière (E2, E4, E5),
-- depuis à l'unité. Une note sans session d'origine n'est pas vérifiée : elle est comptée à part, pas soupçonnée.
with
notes as (
    select * from intermediate.note_retenue where not est_facultative and not est_dispensee
),

groupes as (
    select
        numero_candidat, specialite, session, epreuve_groupe,
        count(*) > 1 as a_des_unites,
        bool_and(est_conservee) as est_entiere
    from notes
    group by all
),

conservees as (
    select
        notes.*, groupes.a_des_unites, groupes.est_entiere, regimes.unites,
        coalesce(notes.session_origine, notes.session) < regimes.unites as est_tenue_a_l_epreuve
    from notes
    join groupes using (numero_candidat, specialite, session, epreuve_groupe)
    join reference.regime as regimes using (session)
    where notes.est_conservee
)

select
    numero_candidat, specialite, session, epreuve, epreuve_groupe, mode, note, session_origine, fichier, ligne,
    est_de_l_epreuve, est_tenue_a_l_epreuve,
    case
        when session_origine >= session
            then epreuve || ' viendrait de la session ' || session_origine
        when session - session_origine > 5
            then epreuve || ' vient de la session ' || session_origine || ', il y a plus de cinq ans (CE D643-23)'
        when a_des_unites and mode = 'BENEFICE' and est_tenue_a_l_epreuve and not est_entiere
            then epreuve_groupe || ' n''est conservée qu''en partie, alors qu''avant ' || unites
                || ' un bénéfice est tenu à l''épreuve'
        when est_de_l_epreuve and not est_tenue_a_l_epreuve
            then epreuve_groupe || ' est conservée entière, alors que depuis ' || unites
                || ' un bénéfice est tenu à l''unité'
    end as probleme
from conservees
