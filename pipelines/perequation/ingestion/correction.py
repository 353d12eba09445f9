"""Decisions put among the inputs; one filed before and said otherwise is replaced, and kept."""

import csv
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from perequation.ingestion.hors_dossier import contradictions
from perequation.ingestion.lecture.decoupage import FinEnregistrement
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError
from perequation.socle.fichiers import within, written_whole
from perequation.socle.filled_file import Depot, file_rows, keep_copy, mark_filed, put_aside

_SUITE = "Ensuite : perequation executer DOSSIER"
_LIEU = ("fichier", "ligne")
# Only this ends a line: 0x85, a sign of cp1252, would be one for `splitlines`.
_PHYSICAL = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True)
class SorteDeDecision:
    """How the decisions of a kind are filed.

    Attributes
    ----------
    nom
        One of the tables of `schema.TABLES`.
    key, compared
        What a decision is about, and what it says of it.
    deja
        «des unités sont déjà décidées».
    name
        Says of a row what is decided already: «E4 LPO est déjà décidée».
    commande
        The command that checks a file of them.
    """

    nom: str
    key: tuple[str, ...]
    compared: tuple[str, ...]
    deja: str
    name: Callable[[Mapping[str, Any]], str]
    commande: str


def file_decisions(  # noqa: PLR0913 (what is filed, beside what, and how)
    dossier: Dossier,
    sorte: SorteDeDecision,
    path: Path,
    read: pl.DataFrame,
    filed: pl.DataFrame,
    *,
    auteur: str = "",
    corrige: bool = False,
) -> Depot:
    """File the decisions of a checked file that are not among the inputs yet.

    Parameters
    ----------
    dossier
        The session folder.
    sorte
        Their kind.
    path
        The file they come from.
    read, filed
        Rows of one relation: those of the file, those of the inputs (`read_all_filed`).
    auteur
        Who typed them; kept beside each, with the time.
    corrige
        What the file says otherwise takes the place of what was filed.

    Raises
    ------
    BlockingQualityError
        Some are filed already and say otherwise, without `corrige`, or where they can't be taken
        out (`plan`); nothing is written.
    """
    superseded = _superseded(read, filed, sorte)
    if not corrige and not superseded.is_empty():
        raise BlockingQualityError(
            f"{path.name} : {sorte.deja}.",
            [
                f"ligne {row['ligne_lue']} : {sorte.name(row)} dans {row['fichier']}, ligne "
                f"{row['ligne']} : corrigez cette ligne-là (ou : {sorte.commande} --corriger), ou "
                "retirez celle-ci"
                for row in superseded.sort("ligne_lue").iter_rows(named=True)
            ],
        )
    left = filed.join(superseded, on=list(_LIEU), how="anti")
    new = read.join(left, on=list(sorte.key), how="anti")
    if new.is_empty():
        mark_filed(dossier, path)
        there = "Ces décisions sont déjà parmi les entrées de la session."
        return Depot(path, None, 0, (there, _SUITE))
    removals = plan(dossier, filed, superseded)
    # A date that is none is kept as it was written.
    rows = new.with_columns(cs.date().dt.strftime("%d/%m/%Y")).with_columns(
        date=pl.coalesce("date", "date_lue")
    )
    target, line = file_rows(dossier, sorte.nom, rows, path, f"{sorte.nom}.csv", auteur=auteur)
    taken_out = supersede(dossier, removals if target else ())
    return Depot(path, target, new.height if target else 0, (line, *taken_out, _SUITE))


def _superseded(read: pl.DataFrame, filed: pl.DataFrame, sorte: SorteDeDecision) -> pl.DataFrame:
    """Return the filed rows that a file says otherwise, with the line of the file (`ligne_lue`)."""
    rows = [
        {"fichier": row["fichier_filed"], "ligne": row["ligne_filed"], "ligne_lue": row["ligne"]}
        for row in contradictions(read, filed, sorte.key, sorte.compared)
    ]
    schema = {"fichier": pl.String, "ligne": filed.schema["ligne"], "ligne_lue": pl.Int64}
    return filed.join(pl.DataFrame(rows, schema=schema), on=list(_LIEU))


@dataclass(frozen=True)
class Retrait:
    """What an input holds no more.

    Attributes
    ----------
    chemin
        The input.
    nombre
        How many decisions are taken out of it.
    reste
        What it holds then; None when it holds nothing else.
    """

    chemin: Path
    nombre: int
    reste: bytes | None


def plan(dossier: Dossier, filed: pl.DataFrame, superseded: pl.DataFrame) -> tuple[Retrait, ...]:
    """Say what each input would hold without some rows; nothing is written.

    Parameters
    ----------
    dossier
        The session folder.
    filed
        Every row the inputs of this kind hold, with the `separateur` of its file.
    superseded
        Those that hold no more.

    Raises
    ------
    BlockingQualityError
        One of them is in a workbook, or in a text that can't be cut into records.
    """
    removals: list[Retrait] = []
    faults: list[str] = []
    for (name, separator), rows in superseded.group_by(
        "fichier", "separateur", maintain_order=True
    ):
        path = dossier.racine / str(name)
        is_alone = filed.filter(fichier=name).height == rows.height
        try:
            left = without_lines(path.read_bytes(), rows["ligne"].to_list(), separator)
        except csv.Error:
            faults += [
                f"ligne {row['ligne_lue']} : corrigez {name}, ligne {row['ligne']}, puis redonnez ce "
                "fichier"
                for row in rows.sort("ligne_lue").iter_rows(named=True)
            ]
            continue
        removals.append(Retrait(path, rows.height, None if is_alone else left))
    if faults:
        raise BlockingQualityError(
            "Des décisions déjà classées sont dans un fichier qui n'est pas réécrit.", faults
        )
    return tuple(removals)


def supersede(dossier: Dossier, removals: Iterable[Retrait]) -> Iterator[str]:
    """Take rows out of the inputs that hold them; each file as it was is kept aside, dated.

    Yields
    ------
    str
        What was replaced, and where it is kept.
    """
    for removal in removals:
        path = removal.chemin
        name = within(dossier, path)
        kept = (put_aside if removal.reste is None else keep_copy)(dossier, path)
        if removal.reste is not None:
            with written_whole(path) as hidden:
                hidden.write_bytes(removal.reste)
        several = f"{removal.nombre} décisions remplacées"
        words = "Décision remplacée" if removal.nombre == 1 else several
        yield f"{words} dans {name} ; ce qu'il disait est gardé : {within(dossier, kept)}."


def without_lines(content: bytes, lines: Collection[int], separator: str | None) -> bytes:
    """Return a text file without some records, told by the line each begins at; the rest as it is.

    Raises
    ------
    csv.Error
        It is no text that can be cut into records, or none begins there.
    """
    if not separator or b"\0" in content:
        raise csv.Error("a workbook, or a text of two bytes a sign")
    # One character a byte, whatever the encoding: only quotes and ends of line are looked at.
    physical = _PHYSICAL.findall(content.decode("latin-1"))
    bare = [line.rstrip("\r\n") for line in physical]
    end = FinEnregistrement(separator)
    kept = list(physical)
    for line in sorted(lines, reverse=True):
        length = end.measure(bare, line - 1)
        if length is None:
            raise csv.Error(f"no record begins at line {line}")
        del kept[line - 1 : line - 1 + length]
    return "".join(kept).encode("latin-1")
