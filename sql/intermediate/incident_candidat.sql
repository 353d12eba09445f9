-- Grain : une ligne par candidat qui a une absence, un NV, une fraude, une réserve, une note manquante, rejetée ou contradictoire
with

notes as (

    select *
    from intermediate.note_retenue
    where
        code in ('AB', 'AJ', 'NV', 'FR')
        or (note is null and code is null)
        or est_reserve
        or est_contradictoire

)

select
    numero_candidat,
    specialite,
    session,
    string_agg(epreuve, ', ' order by rang) filter (where code = 'AB' and not est_facultative)
        as epreuves_absence,
    string_agg(epreuve || coalesce(', ' || motifs.libelle, ''), ' ; ' order by rang)
        filter (where code = 'NV' and not est_facultative) as epreuves_non_valides,
    string_agg(epreuve, ', ' order by rang) filter (where code = 'FR') as epreuves_fraude,
    string_agg(epreuve, ', ' order by rang)
        filter (where note is null and code is null and not est_rejetee and not est_facultative)
        as epreuves_sans_note,
    string_agg(
        format(
            '{} ({}, ligne {}{} : règle {})',
            epreuve,
            fichier,
            coalesce(cast(ligne as varchar), 'inconnue'),
            coalesce(', « ' || valeur_rejetee || ' »', ''),
            regle_rejet
        ), ' ; ' order by rang
    ) filter (where est_rejetee) as epreuves_rejetees,
    string_agg(epreuve, ', ' order by rang) filter (where est_reserve) as epreuves_sous_reserve,
    string_agg(epreuve, ', ' order by rang) filter (where est_contradictoire)
        as epreuves_contradictoires

from notes
left join reference.motif_nv as motifs using (motif_nv)
group by all
