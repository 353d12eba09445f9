-- Grain : une ligne par fichier qui a des colonnes non utilisées
select fichier, null::bigint as ligne, 'colonnes' as colonne, colonnes_ignorees as valeur
from marts.bilan_import
where colonnes_ignorees <> ''
    -- un modèle CCF répète l'identité des candidats, pour qui le remplit
    and (profil <> 'modele_ccf' or colonnes_ignorees <> 'Nom, Prénom, Date de naissance')
