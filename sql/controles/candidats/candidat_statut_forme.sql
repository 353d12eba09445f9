-- Grain : une ligne par candidat dont le statut n'admet la forme de passage que sur dérogation
select
    fichier, ligne, 'forme' as colonne, concat(statut, ', ', forme) as valeur,
    numero_candidat, specialite
from staging.candidat
where statut is not null
  and forme is not null
  and (statut, forme) not in (
      ('SCOLAIRE', 'GLOBALE'), ('APPRENTI', 'GLOBALE'),
      ('FORMATION CONTINUE', 'GLOBALE'), ('FORMATION CONTINUE', 'PROGRESSIVE'),
      ('EAD', 'GLOBALE'), ('EAD', 'PROGRESSIVE'),
      ('INDIVIDUEL', 'GLOBALE'), ('INDIVIDUEL', 'PROGRESSIVE')
  )
