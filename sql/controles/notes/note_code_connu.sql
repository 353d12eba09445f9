-- Grain : une ligne par note dont le code est inconnu
select
    fichier, ligne, 'note' as colonne, code as valeur,
    numero_candidat, specialite, epreuve
from staging.note
where code not in (select code from reference.code_note)
