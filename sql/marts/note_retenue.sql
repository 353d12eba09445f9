-- Grain : une ligne par candidat et épreuve obligatoire du règlement, et par épreuve facultative que le candidat a
select
    session,
    specialite,
    numero_candidat,
    epreuve,
    note,
    code,
    mode,
    centre,
    commission,
    etape,
    provisoire,
    epreuve_groupe,
    rang,
    domaine,
    coefficient,
    cast(note_c * cast(0.01 as decimal(3, 2)) as decimal(4, 2)) as note_comptee,
    cast(points_dm * cast(0.0001 as decimal(5, 4)) as decimal(12, 4)) as points,
    langue,
    est_facultative,
    est_comptee,
    est_dispensee,
    est_reserve,
    est_conservee,
    est_contradictoire,
    est_rejetee,
    regle_rejet,
    valeur_rejetee,
    fichier,
    ligne

from intermediate.note_retenue
order by session, specialite, numero_candidat, rang
