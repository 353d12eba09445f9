"""From the decisions to the marks, without retyping: a proposal to check and sign, then filed.

Nothing is corrected by itself: the proposal lists, candidate by candidate, the mark as sent, the
shift decided and the mark that follows; it becomes an input of the session only once someone has
said to have checked it.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from perequation.harmonisation.reunion.dossier import meeting_folder
from perequation.ingestion.fichiers import list_files
from perequation.ingestion.hors_dossier import import_one_file
from perequation.ingestion.importation import import_entries
from perequation.ingestion.lecture.feuille import ClasseurIllisibleError
from perequation.ingestion.lecture.tableur import Classeur
from perequation.presentation.classeur import Feuille, write_workbook
from perequation.presentation.lexique import Nature
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier, load_reglements, reserve_of
from perequation.socle.erreurs import BlockingQualityError, ConfigurationError, MissingInputError
from perequation.socle.fichiers import within
from perequation.socle.filled_file import Depot, Remise, file_rows, hand_out, mark_filed
from perequation.socle.formats import format_count, format_of, join_words
from perequation.socle.referentiel import create_reference
from perequation.socle.ressources import ressource
from perequation.socle.schema import TABLES
from perequation.socle.unites import labels

PROPOSITION = "notes_harmonisees_proposees.xlsx"
CLASSEES = "notes_harmonisees.csv"
_CLE = ("numero_candidat", "specialite", "session", "epreuve")
_LIBELLES = {
    "numero_candidat": "numero_candidat",
    "specialite": "specialite",
    "session": "session",
    "epreuve": "epreuve",
    "note": "note",
    "mode": "mode",
    "centre": "centre",
    "commission": "commission",
    "langue": "langue",
    "etape": "etape",
    "note_transmise": "Transmise",
    "decalage_decide": "Décalage",
}
_NATURES: dict[str, Nature] = {
    "note": "texte",
    "note_transmise": "texte",
    "session": "texte",
    "etape": "texte",
    "mode": "texte",
    "decalage_decide": "ecart",
}
_MODE_D_EMPLOI = (
    "Une ligne par note d’une unité dont le décalage a été décidé et pas encore reporté.",
    "note : la note transmise plus le décalage, entre 0 et 20, au pas de la session.",
    (
        "Relisez chaque ligne. Vous pouvez changer la colonne note ; les vérifications diront toute note "
        "qui ne suit pas la décision."
    ),
    (
        "Signez : votre nom et la date dans la feuille Signature, puis enregistrez à sa place. "
        "Sans nom, rien n’est repris."
    ),
    (
        "Ensuite : perequation executer DOSSIER, qui classe ces notes parmi les entrées de la session "
        "(ou perequation decisions appliquer DOSSIER --relu-par « Nom »)."
    ),
)
_ENSUITE = "Ensuite : perequation executer DOSSIER"
_SIGNATURE = "Signature"
_SIGNER = ("relu_par", "relu_le")


def propose_marks(dossier: Dossier, *, remplacer: bool = False) -> Remise:
    """Write the harmonised marks that follow from the decisions, to check and sign.

    Parameters
    ----------
    dossier
        A session folder whose results were computed with the decisions.
    remplacer
        Write over a proposal made before, changed or not.

    Returns
    -------
    Remise
        The workbook; none when there is no mark to shift.

    Raises
    ------
    ConfigurationError
        A proposal is there and was changed.
    MissingInputError
        There is no decision.
    """
    lignes = read_proposal(dossier)
    if lignes.is_empty():
        return Remise((), 0, (_nothing_to_shift(dossier),))
    classeur = proposal(dossier)
    hand_out(
        dossier,
        {classeur: lambda path: _write(path, lignes, dossier)},
        remplacer=remplacer,
        is_blank=lambda path: _is_untouched(dossier, path, lignes),
    )
    unites = lignes.select("epreuve", "unite").unique().height
    changees = lignes.filter(pl.col("note") != pl.col("note_transmise")).height
    dits = (
        (
            f"{format_count(lignes.height, 'note')} {format_of(unites, 'unité', one='une')}, dont "
            f"{format_count(changees, 'changée')} : {within(dossier, classeur)}"
        ),
        f"Relisez-les, signez (feuille {_SIGNATURE}), puis : perequation executer DOSSIER",
    )
    return Remise((classeur,), lignes.height, dits)


def proposal(dossier: Dossier) -> Path:
    """Return where the workbook of the proposed marks is."""
    return meeting_folder(dossier) / PROPOSITION


def read_signature(classeur: Path) -> str:
    """Return who signed a proposal, empty when nobody did or the workbook can't be read."""
    try:
        lu = Classeur(classeur)
        if _SIGNATURE not in [feuille.nom for feuille in lu.feuilles]:
            return ""
        rangees = [cellules for _, cellules in lu.rows(_SIGNATURE)]
    except (OSError, ClasseurIllisibleError):
        return ""
    signees = rangees[1:2]
    return signees[0][0].strip() if signees and signees[0] else ""


def _is_untouched(dossier: Dossier, classeur: Path, lignes: pl.DataFrame) -> bool:
    """Say whether a proposal that was saved again says nothing else than the proposal itself."""
    lues, fautes = _read_checked(dossier, classeur, lignes)
    proposees = lignes.select(pl.col(*_CLE, "note").cast(pl.String))
    return (
        not fautes
        and not read_signature(classeur)
        and lues.select(proposees.columns)
        .join(proposees, on=proposees.columns, how="anti")
        .is_empty()
    )


def read_proposal(dossier: Dossier) -> pl.DataFrame:
    """Return the marks to write: see `sql/reunion/note_proposee.sql` for its columns and grain."""
    requete = ressource("sql", "reunion", "note_proposee.sql").read_text(encoding="utf-8")
    with entrepot.open_read_only(dossier.entrepot) as con:
        return con.sql(requete).pl()


def read_left_to_sign(dossier: Dossier) -> pl.DataFrame:
    """Return the marks to write that no input holds yet, signed and waiting to be computed with."""
    proposed = read_proposal(dossier)
    signed = [f.chemin for f in list_files(dossier, "notes") if _is_ours(f.chemin)]
    if proposed.is_empty() or not signed:
        return proposed
    with entrepot.open_scratch() as con:
        create_reference(con, dossier, load_reglements(dossier))
        entries = [f for f in list_files(dossier, "notes") if f.chemin in signed]
        import_entries(con, dossier, entries)
        there = entrepot.read_relation(con, "raw.notes").filter(etape="harmonisee")
    key = there.select(pl.col(nom).cast(proposed.schema[nom], strict=False) for nom in _CLE)
    return proposed.join(key, on=list(_CLE), how="anti")


def _is_ours(path: Path) -> bool:
    return path.suffix == ".csv" and path.stem.startswith(CLASSEES.removesuffix(".csv"))


def _nothing_to_shift(dossier: Dossier) -> str:
    vigueur = entrepot.read_mart(dossier.entrepot, "ecart_en_vigueur")
    if vigueur["decision"].count() == 0:
        raise MissingInputError(
            "Aucune décision d'harmonisation dans les résultats. Lancez d'abord : perequation "
            "decisions verifier DOSSIER, puis perequation executer DOSSIER"
        )
    restent = vigueur.filter(decision="DECALAGE", suite_donnee="a_reporter")
    if not restent.is_empty():
        unites = [f"{row['epreuve']} {row['nom']}" for row in _named(restent).iter_rows(named=True)]
        return (
            f"Décalages décidés sur des notes déjà définitives ({join_words(unites, 6)}) : ils ne se "
            "reportent pas d'eux-mêmes. Corrigez ces notes dans leur fichier, puis relancez."
        )
    maintiens = vigueur.filter(decision="MAINTIEN").height
    return (
        "Aucun décalage à reporter : ceux qui ont été décidés le sont déjà, ou il n'y en a pas "
        f"({format_count(maintiens, 'unité maintenue', 'unités maintenues')}, harmonisées telles "
        "quelles)."
    )


def _named(vigueur: pl.DataFrame) -> pl.DataFrame:
    return vigueur.with_columns(labels(vigueur, {}).alias("nom"))


def _write(path: Path, lignes: pl.DataFrame, dossier: Dossier) -> None:
    titre = f"{dossier.configuration.session.titre} : notes harmonisées proposées, à relire"
    notes = Feuille(
        "Notes harmonisées",
        lignes.with_columns(pl.col("session").cast(pl.String)),
        [
            "numero_candidat",
            "nom",
            "prenom",
            "unite",
            "note_transmise",
            "decalage_decide",
            "note",
            "epreuve",
            "specialite",
            "session",
            "mode",
            "centre",
            "commission",
            "langue",
            "etape",
        ],
        titre,
        libelles=_LIBELLES,
        natures=_NATURES,
    )
    emploi = Feuille(
        "Mode d’emploi",
        pl.DataFrame({"message": list(_MODE_D_EMPLOI)}),
        ["message"],
        titre,
        libelles={"message": "Comment relire ce tableau"},
    )
    signature = Feuille(_SIGNATURE, pl.DataFrame({}), [], titre, vides=_SIGNER)
    write_workbook(path, [notes, signature, emploi], reserve_of(dossier))


def file_marks(dossier: Dossier, relu_par: str) -> Depot:
    """File the harmonised marks someone checked as an input of the session.

    Parameters
    ----------
    dossier
        A session folder with its proposal.
    relu_par
        Who checked it.

    Raises
    ------
    MissingInputError
        There is no proposal to file.
    BlockingQualityError
        A mark of the checked workbook can't be read, or isn't of the proposal.
    """
    relu_par, attendues = relu_par.strip(), read_proposal(dossier)
    if not relu_par:
        raise ConfigurationError("--relu-par : écrivez le nom de qui a relu les notes.")
    classeur = proposal(dossier)
    if not classeur.is_file():
        raise MissingInputError(
            "Aucune proposition de notes. Lancez d'abord : perequation decisions appliquer DOSSIER"
        )
    lues, fautes = _read_checked(dossier, classeur, attendues)
    if fautes:
        raise BlockingQualityError(f"{classeur.name} : {len(fautes)} à corriger.", fautes)
    if lues.is_empty():
        mark_filed(dossier, classeur)
        rien = "Ces notes sont déjà parmi les entrées de la session : rien à classer."
        return Depot(classeur, None, 0, (rien,))
    if read_left_to_sign(dossier).is_empty():
        deja = "Ces notes sont déjà signées et classées : calculez la session."
        return Depot(classeur, None, 0, (deja,))
    classees, ligne = file_rows(dossier, "notes", lues, classeur, CLASSEES, auteur=relu_par)
    relues = format_count(lues.height, "note relue", "notes relues")
    dits = (f"{relues} par {relu_par}. {ligne}", *_retouched(lues, attendues), _ENSUITE)
    return Depot(classeur, classees, lues.height if classees else 0, dits)


def _retouched(lues: pl.DataFrame, attendues: pl.DataFrame) -> Iterator[str]:
    """Say which marks the reader changed."""
    proposees = attendues.with_columns(pl.col("session").cast(pl.String))
    retouchees = lues.join(proposees, on=list(_CLE), suffix="_proposee").filter(
        pl.col("note") != pl.col("note_proposee")
    )
    if not retouchees.is_empty():
        unites = retouchees["unite"].unique().sort().to_list()
        yield (
            f"{format_count(retouchees.height, 'note changée', 'notes changées')} à la relecture "
            f"({join_words(unites, 6)}) : les vérifications diront celles qui ne suivent pas la "
            "décision."
        )


def _read_checked(
    dossier: Dossier, classeur: Path, attendues: pl.DataFrame
) -> tuple[pl.DataFrame, list[str]]:
    """Read the checked workbook by the rules of the import; its marks must be the proposal's."""
    with entrepot.open_scratch(dossier.entrepot) as con:
        import_one_file(con, dossier, classeur, "notes")
        texts = entrepot.read_relation(con, "raw.notes")
        rejets = entrepot.read_relation(con, "raw.rejet")
    fautes = [
        f"ligne {ligne or '?'} : {texte.split(' Ligne écartée', 1)[0]}"
        for ligne, texte in rejets.select("ligne", "message").iter_rows()
    ]
    noms = TABLES["notes"].noms
    empties = {nom: pl.lit(None, pl.String) for nom in noms if nom not in texts.columns}
    lues = texts.with_columns(**empties)
    key = list(_CLE)
    known = attendues.select(pl.col(nom).cast(pl.String) for nom in key)
    texts_key = lues.with_columns(pl.col(nom).cast(pl.String) for nom in key)
    if attendues.is_empty():
        return texts_key.head(0).select(noms), fautes
    etrangeres = texts_key.join(known, on=key, how="anti")
    fautes += [
        f"ligne {ligne} : cette note n'est pas de la proposition"
        for ligne in etrangeres["ligne"].sort().to_list()
    ]
    fautes += [
        f"ligne {ligne} : note vide"
        for ligne in texts_key.filter(pl.col("note").is_null())["ligne"].sort().to_list()
    ]
    manquantes = known.join(texts_key, on=key, how="anti").height
    if manquantes:
        fautes.append(f"{format_count(manquantes, 'note')} de la proposition n'y sont plus")
    return texts_key.select(noms), fautes
