-- Grain : une ligne par session, spécialité, code (NV ou FR), motif et épreuve (ou toutes les épreuves ensemble)
with
notes as (
    select session, specialite, numero_candidat, epreuve, code, if(code = 'NV', motif_nv, null) as motif_nv
    from marts.note_retenue
    where code = 'FR' or (code = 'NV' and not est_facultative)
),

mailles as (
    select notes.* exclude (epreuve), unnest(['toutes', epreuve]) as epreuve from notes
)

select
    mailles.session, mailles.specialite, mailles.code, mailles.motif_nv,
    motifs.libelle as motif, mailles.epreuve,
    count(distinct mailles.numero_candidat) as nb_candidats
from mailles
left join reference.motif_nv as motifs using (motif_nv)
group by all
order by all
