"""Read the filled-in file back, by the rules of the import and some of the meeting's own."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from perequation.harmonisation.reunion.dossier import AUTRES, CLE, NOM, prepared_files
from perequation.ingestion.correction import SorteDeDecision, file_decisions
from perequation.ingestion.hors_dossier import import_one_file, read_all_filed
from perequation.socle import couches, entrepot
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError
from perequation.socle.filled_file import Depot, only_filled_in
from perequation.socle.formats import format_count, join_words

_LUE = "staging.decision_harmonisation_lue"
_REJET = "staging.rejet_decision_harmonisation"
# What the rules of the import read besides the file.
_SESSION = "reference.session"
_REFERENCE = ("reference.epreuve", "reference.alias_epreuve", "reference.specialite", _SESSION)
# Written in the record: a decision without them can't be defended.
_EXIGEES = {"decision_lue": "decision", "motif": "motif", "auteur": "auteur", "date_lue": "date"}
_REMPLIES = (*_EXIGEES, "decalage_lu", "accord_lu")
_AUCUNE = "aucune décision dans ce fichier"
_SORTE = SorteDeDecision(
    NOM,
    tuple(CLE),
    ("decision", "decalage", "motif", "auteur", "date"),
    "des unités sont déjà décidées",
    lambda row: f"{row['epreuve']} {row['unite']} est déjà décidée",
    "decisions verifier",
)


def check_decisions(
    dossier: Dossier, fichier: Path | None = None, auteur: str = "", *, corrige: bool = False
) -> Depot:
    """Check a filled-in file; when it has no fault, file it where `session.toml` reads decisions.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    fichier
        CSV or workbook; by default that of the two prepared in the session folder which was
        filled in last.
    auteur
        Who typed the decisions; kept beside each, with the time.
    corrige
        What the file says otherwise takes the place of what was filed, which is kept aside.

    Returns
    -------
    Depot
        What became of it.

    Raises
    ------
    MissingInputError
        There is no such file, or no result to check against.
    BlockingQualityError
        Every fault is told with its line, or a unit is decided otherwise by a file of the session;
        nothing is written.
    """
    chemin = fichier or _prepared(dossier)
    lues, fautes = read_decisions(dossier, chemin)
    if fautes:
        raise BlockingQualityError(
            f"{chemin.name} : {format_count(len(fautes), 'faute')} à corriger.", fautes
        )
    depot = file_decisions(
        dossier, _SORTE, chemin, lues, read_recorded(dossier), auteur=auteur, corrige=corrige
    )
    return replace(depot, lignes=(*_summary(chemin, lues), *depot.lignes))


def read_recorded(dossier: Dossier) -> pl.DataFrame:
    """Return the decisions that the inputs hold now, their units as the published ones.

    Returns
    -------
    polars.DataFrame
        The columns of ``staging.decision_harmonisation_lue``, and saisi_par, saisi_le.
    """
    with entrepot.open_read_only(dossier.entrepot) as publie:
        unites = _published_units(publie)
        annee = entrepot.read_relation(publie, _SESSION)

    def recognise(con: duckdb.DuckDBPyConnection) -> None:
        entrepot.write_table(con, _SESSION, annee)
        _recognise_units(con, unites)

    return read_all_filed(dossier, NOM, _LUE, recognise)


def _published_units(publie: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return entrepot.read_relation(publie, "marts.ecart").select(CLE).unique()


def _recognise_units(con: duckdb.DuckDBPyConnection, unites: pl.DataFrame) -> None:
    """Have units recognised as the published ones, whatever their spelling."""
    con.register("unites", unites.to_arrow())
    for genre in ("centre", "commission", "lot", "correcteur"):
        con.execute(
            f"insert into raw.notes by name select unite as {genre} from unites "
            "where type_unite = ?",
            [genre],
        )


def _summary(chemin: Path, lues: pl.DataFrame) -> Iterator[str]:
    decalages = format_count(lues.filter(decision="DECALAGE").height, "décalage")
    maintiens = format_count(lues.filter(decision="MAINTIEN").height, "maintien")
    yield f"{chemin.name} : aucune faute ; {decalages}, {maintiens}."
    sans_accord = (
        lues.group_by("epreuve")
        .agg(pl.col("accord").is_null().all())
        .filter("accord")["epreuve"]
        .sort()
        .to_list()
    )
    if sans_accord:
        yield f"Sans accord de saisie (colonne accord) : {join_words(sans_accord)}."


def is_blank(dossier: Dossier, chemin: Path) -> bool:
    """Say whether nothing at all was decided in a file, which may then be prepared again."""
    lues, fautes = read_decisions(dossier, chemin)
    if lues.is_empty():
        return fautes == [_AUCUNE]
    remplies = [nom for nom in _REMPLIES if nom in lues.columns]
    return lues.select(pl.all_horizontal(pl.col(remplies).is_null()).all()).item()


def _prepared(dossier: Dossier) -> Path:
    return only_filled_in(
        dossier,
        prepared_files(dossier),
        "Aucun fichier de décisions préparé. Lancez d'abord : "
        "perequation decisions preparer DOSSIER",
        partial(is_blank, dossier),
    )


def read_decisions(dossier: Dossier, chemin: Path) -> tuple[pl.DataFrame, list[str]]:
    """Read a file of decisions and list its faults.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    chemin
        CSV or workbook.

    Returns
    -------
    tuple
        Rows of ``staging.decision_harmonisation_lue`` (columns of the contract, typed, and ligne),
        and one French line per fault, in the order of the file.
    """
    with entrepot.open_scratch() as con:
        with entrepot.open_read_only(dossier.entrepot) as publie:
            reference = {
                relation: entrepot.read_relation(publie, relation) for relation in _REFERENCE
            }
            unites = _published_units(publie)
        import_one_file(con, dossier, chemin, NOM)
        for relation, lignes in reference.items():
            entrepot.write_table(con, relation, lignes)
        _recognise_units(con, unites)
        couches.build_missing(con, [_LUE, _REJET])
        lues = entrepot.read_relation(con, _LUE).sort("ligne")
        rejets = pl.concat(
            [
                entrepot.read_relation(con, relation).select("ligne", "colonne", "regle", "message")
                for relation in ("raw.rejet", _REJET)
            ]
        )
    rejets = rejets.filter(
        (pl.col("regle") != "champ_obligatoire").fill_null(value=True)
        | ~pl.col("colonne").is_in(list(_EXIGEES.values()))
    )
    fautes = [
        (ligne or 0, _without_remedy(texte))
        for ligne, texte in rejets.select("ligne", "message").iter_rows()
    ]
    epreuves = reference["reference.epreuve"].select("epreuve").unique()
    connues = lues.join(epreuves, on="epreuve", how="semi")
    fautes += [*_missing(lues), *_unknown_units(connues, unites)]
    if not fautes and lues.is_empty():
        fautes = [(0, _AUCUNE)]
    return lues, [
        f"ligne {ligne} : {texte}" if ligne else texte for ligne, texte in sorted(set(fautes))
    ]


def _without_remedy(message: str) -> str:
    """Cut what an import says of a rejected row: here nothing is set aside, all is to correct."""
    return message.split(" Ligne écartée", 1)[0].rstrip(".")


def _missing(lues: pl.DataFrame) -> Iterator[tuple[int, str]]:
    """Yield the lines that don't say who, what, when and why."""
    for row in lues.iter_rows(named=True):
        vides = [nom for lu, nom in _EXIGEES.items() if row[lu] is None]
        if vides:
            qui = " ".join(row[nom] for nom in ("epreuve", "unite") if row[nom])
            yield row["ligne"], f"{qui} : à remplir ({', '.join(vides)})"


def _unknown_units(lues: pl.DataFrame, unites: pl.DataFrame) -> Iterator[tuple[int, str]]:
    """Yield the lines whose unit has no marks in that épreuve of the règlement."""
    entieres = lues.filter(pl.all_horizontal(pl.col(nom).is_not_null() for nom in CLE))
    communes = entieres.filter(pl.col("unite") == AUTRES)
    connues = pl.concat([unites, communes.select(CLE)])
    for row in entieres.join(connues, on=CLE, how="anti").iter_rows(named=True):
        unite = f"unité « {row['unite']} » ({row['type_unite']})"
        yield row["ligne"], f"{unite} inconnue : aucune note de {row['epreuve']} n'en vient"
