-- Grain : une ligne par note qui ne suit pas la décision de la réunion, et son unité
with
noms as (
    select uai, min(etablissement) as etablissement
    from staging.candidat
    group by uai
)

select
    retenue.fichier, retenue.ligne, 'note' as colonne, ecarts.note_harmonisee::varchar as valeur,
    concat(
        coalesce(noms.etablissement, ecarts.unite), ' : transmise ', replace(ecarts.note_transmise::varchar, '.', ','),
        coalesce(', décidée ' || replace(if(decision is not null, ecarts.note_decidee, null)::varchar, '.', ','), ''),
        if(change_de_decision,
           concat(' ; proposition ', decision_calculee, ', ', decision_si_suivie, ' si la réunion était suivie'), '')
    ) as detail,
    ecarts.numero_candidat, ecarts.specialite, ecarts.epreuve
from marts.note_hors_decision as ecarts
join marts.note_retenue as retenue using (session, specialite, numero_candidat, epreuve)
left join noms on ecarts.type_unite = 'etablissement' and ecarts.unite = noms.uai
where ecarts.suite_donnee <> 'sans_decision'
order by change_de_decision desc, ecarts.specialite, ecarts.epreuve, ecarts.numero_candidat
