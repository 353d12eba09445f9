-- Grain : une ligne par décision où le jury s'écarte de ce qui lui était proposé à cette étape
with
proposees as (
    select
        numero_candidat, specialite, session, 'premier_groupe' as etape, decision_calculee as proposition
    from marts.resultat_candidat
    union all
    select numero_candidat, specialite, session, 'controle' as etape, decision_apres_controle as proposition
    from marts.resultat_candidat
)

select
    jury.fichier, jury.ligne, 'decision' as colonne, jury.decision as valeur,
    concat('proposition : ', proposition) as detail,
    numero_candidat, specialite
from staging.decision_jury as jury
join proposees using (numero_candidat, specialite, session, etape)
where jury.decision <> proposition
