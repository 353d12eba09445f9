"""What each setting of `session.toml` is called on the page. Every setting of the model is here."""

SECTIONS = {
    "session": "La session",
    "effectif_attendu": "Effectifs de la circulaire",
    "calendrier": "Calendrier",
    "ccf": "CCF",
    "donnees": "Ses fichiers",
    "seuils": "Seuils",
    "regles": "Points ouverts de la réglementation",
    "harmonisation": "Harmonisation",
    "qualite": "Qualité des données",
    "rapports": "Rapports",
    "reference_nationale": "Référence nationale",
    "acces": "Accès",
    "bornes": "Bornes des fichiers reçus",
}
_MOTIFS = "Un motif par ligne, dans le dossier de session ; * remplace une suite de caractères."
LIBELLES = {
    "session.annee": ("Année", ""),
    "session.titre": ("Titre", "Imprimé en tête de chaque document."),
    "session.academie_pilote": ("Académie pilote", ""),
    "session.specialites": ("Spécialités", ""),
    "session.coefficients_confirmes": (
        "J’ai vérifié les coefficients du règlement",
        (
            "À cocher quand le règlement livré n’est pas confirmé, après l’avoir comparé au texte officiel. "
            "La session se calcule alors ; les documents disent encore « Coefficients non confirmés »."
        ),
    ),
    "donnees.candidats": ("Fichiers de candidats", _MOTIFS),
    "donnees.notes": ("Fichiers de notes", _MOTIFS),
    "donnees.etablissements": ("Fichiers d’établissements", _MOTIFS),
    "donnees.decisions_harmonisation": ("Décisions d’harmonisation", _MOTIFS),
    "donnees.decisions_jury": ("Décisions du jury", _MOTIFS),
    "donnees.sessions_precedentes": (
        "Sessions précédentes",
        "Un dossier de session par ligne, par exemple ../ccst-2022-toulouse.",
    ),
    "donnees.renvois": (
        "Renvois",
        "Un motif par ligne, avec {date} : le fichier renvoyé le plus récent remplace les précédents.",
    ),
    "donnees.profil": ("Profil d’import", "Celui des fichiers qui n’en ont pas d’autre."),
    "donnees.profils": (
        "Profils par fichier",
        "Écrits quand un fichier est rangé avec son profil.",
    ),
    "effectif_attendu": (
        "Effectifs attendus",
        (
            "Collez les lignes de la circulaire, le nombre à la fin : « TOTAL 170 », "
            "« TOULOUSE 170 », « 0310038B 24 », « Lycée de centre 40 ». Pour dire ce qu’est une "
            "ligne : « etablissement ; nom ; 1 », « centre_ecrit ; nom ; 40 »."
        ),
    ),
    "calendrier.reunion": ("Réunion d’harmonisation", ""),
    "calendrier.jury": ("Jury", ""),
    "calendrier.resultats": ("Résultats", ""),
    "calendrier.controle": ("Épreuves de contrôle", ""),
    "calendrier.second_jury": ("Second jury", ""),
    "ccf.epreuves": ("Épreuves du modèle", "Un code par ligne ; vide : celles du règlement."),
    "ccf.date_limite": ("Date limite de retour", ""),
    "seuils.alerte_ecart": ("Écart dont on parle", "En points sur 20."),
    "seuils.effectif_minimal": (
        "Effectif minimal",
        "En deçà, un chiffre est masqué hors des documents de jury.",
    ),
    "seuils.pas_note": ("Pas des notes", "0,5 : les notes vont de demi-point en demi-point."),
    "regles.controle_langue": (
        "Contrôle de langue",
        "« epreuve » : la note vaut pour l’épreuve entière ; sinon le code de la partie.",
    ),
    "regles.controle_reprend_benefice": ("Le contrôle peut reprendre une note conservée", ""),
    "regles.controle_forme_progressive": ("La forme progressive a droit au contrôle", ""),
    "harmonisation.ancres": (
        "Épreuves d’ancrage",
        "Un code par ligne ; vide : celles du règlement.",
    ),
    "harmonisation.ancres_par": (
        "Ancres comparées",
        "« academie » : à l’intérieur de chaque académie.",
    ),
    "harmonisation.types_unite": ("Unités comparées", ""),
    "qualite.bloquer": ("Règles rendues bloquantes", "Un nom de règle par ligne."),
    "qualite.taux_rejet_maximal": (
        "Part maximale de lignes rejetées",
        "0,05 : au-delà de cinq pour cent, rien n’est publié.",
    ),
    "rapports.produire": ("Rapports à faire", "Un par ligne ; vide : tous."),
    "reference_nationale": (
        "Références nationales",
        (
            "Une ligne par spécialité : spécialité ; source ; taux de réussite (0,812) ; moyenne "
            "générale. Le taux ou la moyenne peut manquer."
        ),
    ),
    "acces.groupe": (
        "Groupe qui peut lire",
        "Un groupe de comptes de cette machine ; vide : personne.",
    ),
    "bornes.taille_mo": ("Taille d’un fichier, en Mo", ""),
    "bornes.decompresse_mo": ("Taille décompressée, en Mo", ""),
    "bornes.memoire_mo": ("Mémoire, en Mo", ""),
    "bornes.secondes": ("Durée de lecture, en secondes", ""),
    "bornes.cellules": ("Nombre de cellules", ""),
    "bornes.caracteres": ("Caractères d’une cellule", ""),
}
