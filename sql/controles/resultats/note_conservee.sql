-- Grain : une ligne par note conservée trop ancienne, ou tenue autrement que sa session ne le permet
select
    fichier, ligne, 'session_origine' as colonne,
    coalesce(cast(session_origine as varchar), '') as valeur, probleme as detail,
    numero_candidat, specialite, epreuve
from intermediate.note_conservee
where probleme is not null
