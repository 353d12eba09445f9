"""Every column of the input files, once: name, type, unit, meaning, nominative or not.

Source: contract, section 2. Ingestion reads from here which columns a file must have; the guide's
tables are checked against it.
"""

from dataclasses import dataclass
from typing import Literal

TypeColonne = Literal["texte", "entier", "note", "points", "date", "code"]


@dataclass(frozen=True)
class Colonne:
    """One column of an input file.

    Attributes
    ----------
    nom
        Canonical name, without accents.
    type
        How its text is understood.
    sens
        Its meaning, in French.
    obligatoire
        Whether a file without it blocks.
    nominative
        Whether it identifies a person.
    codes
        The values allowed, when it is a code.
    """

    nom: str
    type: TypeColonne
    sens: str
    obligatoire: bool = True
    nominative: bool = False
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One kind of input file."""

    nom: str
    cle: tuple[str, ...]
    colonnes: tuple[Colonne, ...]

    @property
    def noms(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(c.nom for c in self.colonnes)

    @property
    def obligatoires(self) -> tuple[str, ...]:
        """Names of the columns a file must have."""
        return tuple(c.nom for c in self.colonnes if c.obligatoire)


@dataclass(frozen=True)
class MotifNv:
    """One of the circular's four causes of an NV.

    Attributes
    ----------
    formes
        Regular expression of the words files write for it, folded (no case, no accents).
    """

    code: str
    libelle: str
    formes: str


# In the order they are tried: the circular of session 2022 (arrêté of 22-7-2008).
MOTIFS_NV = (
    MotifNv("STAGE_COURT", "stage trop court", "stage|duree"),
    MotifNv("NON_SIGNE", "documents non visés ou non signés", "vise|visa|sign"),
    MotifNv("HORS_DELAI", "dossier déposé hors délai", "delai|retard|tardi|au.?dela|apres la date"),
    MotifNv("SANS_DOSSIER", "dossier non déposé", "absence|sans|pas de|non depose|manqu|aucun"),
)
STATUTS = ("SCOLAIRE", "APPRENTI", "FORMATION CONTINUE", "EAD", "INDIVIDUEL")
FORMES = ("GLOBALE", "PROGRESSIVE")
# Stages of a mark before the contrôle, each in force over the ones before.
ETAPES = ("transmise", "harmonisee", "definitive")
CODES_NOTE = ("AB", "AJ", "NV", "DI", "FR")
# What marks are grouped by when gaps are looked for, in words: one, several.
TYPES_UNITE = {
    "etablissement": ("établissement", "établissements"),
    "centre": ("centre", "centres"),
    "commission": ("commission", "commissions"),
    "lot": ("lot de copies", "lots de copies"),
    "correcteur": ("correcteur", "correcteurs"),
}
LIVRET = ("O", "N", "AUCUN")
# Beside what was typed and filed: who did, and when. No column of a contract.
SIGNATURE = ("saisi_par", "saisi_le")
MODES = ("PONCTUEL", "CCF", "BENEFICE", "REPORT")
TYPES_ETABLISSEMENT = ("PUBLIC", "PRIVE SOUS CONTRAT", "PRIVE HORS CONTRAT", "CFA", "GRETA", "EAD")
CODES_DECISION_JURY = ("ADMIS", "CONTROLE", "REFUSE", "ELIMINE")

_NUMERO = Colonne("numero_candidat", "texte", "numéro de candidat", nominative=True)
_SPECIALITE = Colonne("specialite", "code", "code de la spécialité")
_SESSION = Colonne("session", "entier", "année de la session")

CANDIDATS = Table(
    "candidats",
    ("numero_candidat",),
    (
        _NUMERO,
        Colonne("ine", "texte", "identifiant national élève", False, True),
        Colonne("nom", "texte", "nom de famille", True, True),
        Colonne("prenom", "texte", "prénom", True, True),
        Colonne("date_naissance", "date", "date de naissance", False, True),
        Colonne("sexe", "code", "sexe", False, False, ("F", "M")),
        _SPECIALITE,
        _SESSION,
        Colonne("academie", "texte", "académie d'inscription"),
        Colonne("uai", "texte", "UAI de l'établissement, vide pour les individuels et l'EAD"),
        Colonne("etablissement", "texte", "nom de l'établissement", False),
        Colonne("statut", "code", "statut du candidat", True, False, STATUTS),
        Colonne("forme", "code", "forme de passage", True, False, FORMES),
        Colonne("centre_ecrit", "texte", "centre où les écrits sont passés", False),
        Colonne("bac_origine", "texte", "baccalauréat ou titre d'origine", False),
    ),
)
NOTES = Table(
    "notes",
    ("numero_candidat", "specialite", "session", "epreuve", "etape"),
    (
        _NUMERO,
        _SPECIALITE,
        _SESSION,
        Colonne("epreuve", "code", "code de l'épreuve au règlement"),
        Colonne("note", "note", "note sur 20, ou AB, AJ, NV, DI, FR"),
        Colonne("mode", "code", "mode d'évaluation", True, False, MODES),
        Colonne("centre", "texte", "centre d'oral, UAI en CCF, centre d'écrit", False),
        Colonne("commission", "texte", "commission d'interrogation", False),
        Colonne(
            "etape",
            "code",
            "étape de la note ; vide = definitive",
            False,
            False,
            (*ETAPES, "controle"),
        ),
        Colonne("langue", "texte", "langue vivante", False),
        Colonne(
            "reserve", "code", "O = NV sous réserve : la note compte", False, False, ("O", "N")
        ),
        Colonne("bareme", "points", "barème de la note ; vide = 20", False),
        Colonne(
            "motif_nv",
            "code",
            "pourquoi l'épreuve est NV, le code ou des mots",
            False,
            False,
            tuple(m.code for m in MOTIFS_NV),
        ),
        Colonne("session_origine", "entier", "session d'une note conservée ou reportée", False),
        Colonne("lot", "texte", "lot de copies d'une épreuve écrite : une unité à comparer", False),
        Colonne(
            "correcteur",
            "texte",
            "correcteur d'une copie : une unité, à la place du lot",
            False,
            True,
        ),
    ),
)
ETABLISSEMENTS = Table(
    "etablissements",
    ("uai",),
    (
        Colonne("uai", "texte", "UAI"),
        Colonne("nom", "texte", "nom de l'établissement"),
        Colonne("academie", "texte", "académie", False),
        Colonne("type", "code", "type d'établissement", False, False, TYPES_ETABLISSEMENT),
        Colonne("ccf", "code", "habilitation au CCF", False, False, ("O", "N", "ETENDU")),
        Colonne("alias", "texte", "autres graphies, séparées par |", False),
    ),
)
DECISIONS_HARMONISATION = Table(
    "decisions_harmonisation",
    ("epreuve", "unite", "type_unite"),
    (
        Colonne("epreuve", "code", "code de l'épreuve"),
        Colonne("unite", "texte", "UAI, centre, commission, lot ou correcteur"),
        Colonne("type_unite", "code", "type d'unité", True, False, tuple(TYPES_UNITE)),
        Colonne("decision", "code", "décision", True, False, ("MAINTIEN", "DECALAGE")),
        Colonne("decalage", "points", "décalage décidé, en points sur 20", False),
        Colonne("motif", "texte", "motif", False),
        Colonne("auteur", "texte", "auteur de la décision", False, True),
        Colonne("date", "date", "date de la décision", False),
        Colonne("accord", "date", "date de l'accord donné à la décision", False),
    ),
)
DECISIONS_JURY = Table(
    "decisions_jury",
    ("numero_candidat", "specialite", "session", "etape"),
    (
        _NUMERO,
        _SPECIALITE,
        _SESSION,
        Colonne("etape", "code", "étape du jury", False, False, ("premier_groupe", "controle")),
        Colonne("decision", "code", "décision du jury", True, False, CODES_DECISION_JURY),
        Colonne(
            "livret_examine",
            "code",
            "livret scolaire examiné ; AUCUN = le candidat n'en a pas fourni",
            False,
            False,
            LIVRET,
        ),
        Colonne("motif", "texte", "motif", False),
        Colonne("date", "date", "date de la délibération", False),
    ),
)

TABLES: dict[str, Table] = {
    table.nom: table
    for table in (CANDIDATS, NOTES, ETABLISSEMENTS, DECISIONS_HARMONISATION, DECISIONS_JURY)
}
