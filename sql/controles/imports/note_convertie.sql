-- Grain : une ligne par fichier, épreuve et barème dont les notes ont été ramenées à 20
select
    notes.fichier, null::bigint as ligne, 'bareme' as colonne, notes.bareme as valeur,
    concat(count(*), if(count(*) > 1, ' notes', ' note'), ' en ', notes.epreuve) as detail
from raw.notes as notes
join raw.fichier as fichier
    on fichier.type_fichier = 'notes' and fichier.fichier = notes.fichier
where fichier.convertit_baremes and notes.bareme is not null and notes.bareme not in ('20', '20.0')
group by notes.fichier, notes.epreuve, notes.bareme
