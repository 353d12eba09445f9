"""What would be understood of a file, before importing it: for `perequation apercu FICHIER`."""

from dataclasses import dataclass
from pathlib import Path

from perequation.configuration import Dossier
from perequation.erreurs import MissingInputError
from perequation.ingestion.entete import Attente
from perequation.ingestion.lecture import (
    FichierIllisibleError,
    FichierVideError,
    Lecture,
    open_file,
)
from perequation.ingestion.modele import read_template
from perequation.ingestion.profils import SEPARATEURS, Profil, load_profile, shipped_profiles
from perequation.schema import TABLES, Table

_LIGNES_MONTREES = 5
_CODES_MONTRES = 12


@dataclass(frozen=True)
class Apercu:
    """What a file was understood as.

    Attributes
    ----------
    fichier
        Its name.
    probleme
        Why it can't be read at all, None otherwise; the rest is then empty.
    type_fichier, profil
        The kind of file and the import profile that fit best.
    encodage, separateur, feuille
        How it is written; a workbook has a sheet and no separator.
    ligne_entete
        Physical line of the header, from 1.
    colonnes
        Columns found: our name, and the label in the file.
    fournies
        Columns the profile gives a value to.
    manquantes, repetees
        Required columns that are not there, columns that are there twice: the file would block.
    ignorees
        Labels kept aside.
    feuilles_ignorees
        Other sheets that are not empty.
    premieres
        First data rows: line number and fields, in the order of the file.
    codes
        For each coded column, the first different values met in those rows.
    profil_propose
        A TOML profile to complete, when columns are missing.
    """

    fichier: str
    probleme: str | None = None
    type_fichier: str = ""
    profil: str = ""
    encodage: str = ""
    separateur: str = ""
    feuille: str | None = None
    ligne_entete: int = 0
    colonnes: tuple[tuple[str, str], ...] = ()
    fournies: tuple[str, ...] = ()
    manquantes: tuple[str, ...] = ()
    repetees: tuple[str, ...] = ()
    ignorees: tuple[str, ...] = ()
    feuilles_ignorees: tuple[str, ...] = ()
    premieres: tuple[tuple[int, tuple[str, ...]], ...] = ()
    codes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    profil_propose: str = ""


def preview(
    chemin: Path, dossier: Dossier | None = None, type_fichier: str | None = None
) -> Apercu:
    """Look at a file as the import would, without loading anything.

    Parameters
    ----------
    chemin
        The file, anywhere.
    dossier
        A session folder, whose own import profiles are tried too.
    type_fichier
        One of the tables of `schema.TABLES`; the one that fits best when absent.

    Returns
    -------
    Apercu
        What was understood.

    Raises
    ------
    MissingInputError
        There is no such file.
    """
    if not chemin.is_file():
        raise MissingInputError(f"Le fichier « {chemin} » n'existe pas.")
    try:
        essais = [
            (profil, table, open_file(chemin, _attente(profil, table)))
            for profil in _profiles(chemin, dossier)
            for table in TABLES.values()
            if type_fichier in {None, table.nom}
        ]
    except FichierVideError:
        return Apercu(chemin.name, probleme="le fichier est vide")
    except FichierIllisibleError as erreur:
        return Apercu(chemin.name, probleme=str(erreur))
    profil, table, lecture = max(essais, key=lambda essai: _fit(essai[1], essai[2]))
    return _describe(chemin, profil, table, lecture)


def _profiles(chemin: Path, dossier: Dossier | None) -> list[Profil]:
    if read_template(chemin) is not None:
        return [load_profile("modele_ccf")]
    noms = dict.fromkeys(n for n in shipped_profiles() if n != "modele_ccf")
    if dossier is not None:
        propres = sorted(p.stem for p in (dossier.racine / "profils").glob("*.toml"))
        noms = dict.fromkeys([dossier.configuration.donnees.profil, *propres, *noms])
    # The plain profile first: on equal terms, the first one wins.
    ordre = sorted(noms, key=lambda nom: nom != "perequation") if dossier is None else noms
    return [load_profile(nom, dossier) for nom in ordre]


def _attente(profil: Profil, table: Table) -> Attente:
    disposition = profil.disposition(table.nom)
    larges = tuple(code for code in disposition.large if code != "*")
    return Attente(table, disposition, frozenset(disposition.constantes), larges)


def _fit(table: Table, lecture: Lecture) -> tuple[int, int, int]:
    """Rank an interpretation: required columns really there against missing ones, then the rest."""
    entete = lecture.entete
    presentes = sum(nom in entete.positions for nom in table.obligatoires)
    return (
        presentes - 2 * len(entete.manquantes),
        len(entete.positions),
        -len(entete.supplements),
    )


def _describe(chemin: Path, profil: Profil, table: Table, lecture: Lecture) -> Apercu:
    entete = lecture.entete
    premieres = tuple(
        (ligne, champs)
        for ligne, champs in lecture.debut
        if ligne > entete.ligne and any(c.strip() for c in champs)
    )
    constantes = profil.disposition(table.nom).constantes
    fournies = {**constantes, **lecture.preambule}
    return Apercu(
        fichier=chemin.name,
        type_fichier=table.nom,
        profil=profil.nom,
        encodage=lecture.encodage,
        separateur=SEPARATEURS.get(lecture.separateur, ""),
        feuille=lecture.feuille,
        ligne_entete=entete.ligne,
        colonnes=tuple((nom, entete.libelles[i]) for nom, i in entete.positions.items()),
        fournies=tuple(f"{n} = {v}" for n, v in fournies.items() if n not in entete.positions),
        manquantes=entete.manquantes,
        repetees=entete.repetees,
        ignorees=tuple(entete.supplements),
        feuilles_ignorees=lecture.feuilles_ignorees,
        premieres=premieres[:_LIGNES_MONTREES],
        codes=tuple(_codes_met(table, lecture, premieres)),
        profil_propose=propose_profile(table, lecture) if entete.manquantes else "",
    )


def _codes_met(
    table: Table, lecture: Lecture, premieres: tuple[tuple[int, tuple[str, ...]], ...]
) -> list[tuple[str, tuple[str, ...]]]:
    positions = lecture.entete.positions
    return [
        (colonne.nom, tuple(valeurs)[:_CODES_MONTRES])
        for colonne in table.colonnes
        if colonne.type == "code" and colonne.nom in positions
        for valeurs in [_distinct(premieres, positions[colonne.nom])]
    ]


def _distinct(premieres: tuple[tuple[int, tuple[str, ...]], ...], position: int) -> dict[str, None]:
    lues = (champs[position].strip() for _, champs in premieres if position < len(champs))
    return dict.fromkeys(valeur for valeur in lues if valeur)


def propose_profile(table: Table, lecture: Lecture) -> str:
    """Write the TOML of a profile that would read a file, its missing columns to be completed."""
    libres = list(lecture.entete.supplements)
    lignes = [
        '# À enregistrer dans profils/ à côté de session.toml, puis : [donnees] profil = "…"',
        'base = "perequation"',
        "",
        f"[{table.nom}]",
        f"entete = {lecture.entete.ligne}",
    ]
    if lecture.separateur:
        lignes.append(f"separateur = {_toml(lecture.separateur)}")
    lignes += ["", f"[{table.nom}.colonnes]"]
    lignes.append(f"# Libellés sans emploi dans le fichier : {', '.join(libres) or 'aucun'}")
    lignes += [f'# {nom} = ["…"]' for nom in lecture.entete.manquantes]
    lignes += ["", f"[{table.nom}.constantes]", "# ou, pour une valeur que le fichier ne dit pas :"]
    lignes += [f'# {nom} = "…"' for nom in lecture.entete.manquantes]
    return "\n".join(lignes) + "\n"


def _toml(texte: str) -> str:
    return '"\\t"' if texte == "\t" else f'"{texte}"'
