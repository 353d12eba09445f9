-- Grain : une ligne par texte de motif de NV écrit dans les fichiers de notes (motif_nv NULL : aucune des quatre causes)
with
textes as (select distinct motif_nv as texte from raw.notes where motif_nv is not null),
plis as (select texte, lower(strip_accents(trim(texte))) as pli from textes)
select
    plis.texte,
    coalesce(
        min(motifs.motif_nv) filter (where motifs.motif_nv = upper(replace(plis.pli, ' ', '_'))),
        arg_min(motifs.motif_nv, motifs.rang) filter (where regexp_matches(plis.pli, motifs.formes))
    ) as motif_nv
from plis
cross join (select row_number() over () as rang, * from reference.motif_nv) as motifs
group by plis.texte
