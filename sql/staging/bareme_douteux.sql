-- Grain : une ligne par fichier de notes et épreuve dont trop de notes dépassent 20 pour être sur 20
-- Une note au-dessus de 20 est une faute de frappe ; deux, et le quart de la colonne, un barème que rien ne dit.
with
au_dessus as (
    select combinaison
    from staging.note_ecrite
    where centiemes_bareme = 2000 and note is null
      and try_cast(replace(note_lue, ',', '.') as double) > 20
),

notes as (select rowid as rang, fichier from raw.notes),

fichiers as (
    select distinct notes.fichier
    from staging.note_lue
    semi join au_dessus using (combinaison)
    join notes using (rang)
)

select
    notes.fichier,
    ecrites.epreuve,
    count(*) as nb_notes,
    count(*) filter (au_dessus.combinaison is not null) as nb_au_dessus
from staging.note_lue as lues
join notes using (rang)
semi join fichiers using (fichier)
join staging.note_ecrite as ecrites using (combinaison)
left join au_dessus using (combinaison)
where ecrites.centiemes_bareme = 2000 and ecrites.code is null and not lues.est_remplacee
group by all
having nb_au_dessus >= 2 and 4 * nb_au_dessus >= nb_notes
