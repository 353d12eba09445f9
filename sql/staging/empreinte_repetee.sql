-- Grain : une ligne par empreinte de clé de note que portent plusieurs notes lues
-- Premier tri des répétitions, qui tient en mémoire pour des millions de notes ; la clé elle-même décide.
select hash(numero_candidat, cle_epreuve) as empreinte
from staging.note_lue
where not est_remplacee and numero_candidat is not null and cle_epreuve is not null
group by all
having count(*) > 1
