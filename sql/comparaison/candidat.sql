-- Grain : une ligne par candidat et champ de son résultat qui a changé, ou candidat ajouté ou retiré
with

resultats_avant as (

    select session, specialite, numero_candidat, points, coefficients, moyenne_generale,
           moyenne_professionnelle, moyenne_finale, decision_calculee, decision_apres_controle,
           decision_jury, decision_jury_controle, decision_finale, est_provisoire, a_verifier
    from avant.marts.resultat_candidat

),

resultats_apres as (

    select session, specialite, numero_candidat, points, coefficients, moyenne_generale,
           moyenne_professionnelle, moyenne_finale, decision_calculee, decision_apres_controle,
           decision_jury, decision_jury_controle, decision_finale, est_provisoire, a_verifier
    from apres.marts.resultat_candidat

),

differents as (

    select
        session, specialite, numero_candidat,
        resultats_avant as ancien,
        resultats_apres as nouveau
    from resultats_avant
    full join resultats_apres using (session, specialite, numero_candidat)
    where resultats_avant is distinct from resultats_apres

),

-- Une ligne absente d'un côté y a une structure de champs vides, jamais une structure vide.
communs as (

    select *
    from differents
    where ancien.numero_candidat is not null and nouveau.numero_candidat is not null

),

presences as (

    select
        session, specialite, numero_candidat,
        0 as rang,
        'candidat' as champ,
        if(ancien.numero_candidat is null, null, 'inscrit') as avant,
        if(nouveau.numero_candidat is null, null, 'inscrit') as apres
    from differents
    where ancien.numero_candidat is null or nouveau.numero_candidat is null

),

champs as (

    select
        session, specialite, numero_candidat,
        unnest([
            {'rang': 1, 'champ': 'decision_finale', 'avant': ancien.decision_finale,
             'apres': nouveau.decision_finale},
            {'rang': 2, 'champ': 'decision_calculee', 'avant': ancien.decision_calculee,
             'apres': nouveau.decision_calculee},
            {'rang': 3, 'champ': 'decision_apres_controle',
             'avant': ancien.decision_apres_controle, 'apres': nouveau.decision_apres_controle},
            {'rang': 4, 'champ': 'decision_jury', 'avant': ancien.decision_jury,
             'apres': nouveau.decision_jury},
            {'rang': 5, 'champ': 'decision_jury_controle',
             'avant': ancien.decision_jury_controle, 'apres': nouveau.decision_jury_controle},
            {'rang': 6, 'champ': 'moyenne_generale',
             'avant': replace(ancien.moyenne_generale::varchar, '.', ','),
             'apres': replace(nouveau.moyenne_generale::varchar, '.', ',')},
            {'rang': 7, 'champ': 'moyenne_professionnelle',
             'avant': replace(ancien.moyenne_professionnelle::varchar, '.', ','),
             'apres': replace(nouveau.moyenne_professionnelle::varchar, '.', ',')},
            {'rang': 8, 'champ': 'moyenne_finale',
             'avant': replace(ancien.moyenne_finale::varchar, '.', ','),
             'apres': replace(nouveau.moyenne_finale::varchar, '.', ',')},
            {'rang': 9, 'champ': 'points',
             'avant': replace(rtrim(rtrim(ancien.points::varchar, '0'), '.'), '.', ','),
             'apres': replace(rtrim(rtrim(nouveau.points::varchar, '0'), '.'), '.', ',')},
            {'rang': 10, 'champ': 'coefficients',
             'avant': replace(rtrim(rtrim(ancien.coefficients::varchar, '0'), '.'), '.', ','),
             'apres': replace(rtrim(rtrim(nouveau.coefficients::varchar, '0'), '.'), '.', ',')},
            {'rang': 11, 'champ': 'provisoire', 'avant': if(ancien.est_provisoire, 'oui', 'non'),
             'apres': if(nouveau.est_provisoire, 'oui', 'non')},
            {'rang': 12, 'champ': 'a_verifier', 'avant': if(ancien.a_verifier, 'oui', 'non'),
             'apres': if(nouveau.a_verifier, 'oui', 'non')}
        ], recursive := true)
    from communs

)

select session, specialite, numero_candidat, champ, avant, apres
from (from presences union all from champs)
where avant is distinct from apres
order by session, specialite, numero_candidat, rang
