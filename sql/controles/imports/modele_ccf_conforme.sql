-- Grain : une ligne par modèle de CCF dont l'identité des candidats a été modifiée
select
    fichier, null::bigint as ligne, 'modele' as colonne, modele_uai as valeur,
    modele_uai as uai, modele_specialite as specialite
from raw.fichier
where modele_conforme = false and remplace_par is null and copie_de is null
