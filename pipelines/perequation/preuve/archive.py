"""Make the archive of a session: its inputs, what decided them, what came out, who computed."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import duckdb

from perequation.preuve import contenu
from perequation.preuve.contenu import (
    ANTERIEURES,
    AVANT,
    LIVRES,
    PAGES,
    SESSION,
    SOMMAIRE,
    TABLES,
    Sommaire,
)
from perequation.socle import entrepot, freshness, publication
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError, MissingInputError
from perequation.socle.fichiers import written_whole
from perequation.socle.manifeste import read_manifeste
from perequation.suivi.etat import list_changes

# What reports read of an earlier session.
LUES = (
    "marts.reussite",
    "marts.statistique_epreuve_ensemble",
    "marts.masquage",
    "marts.ecart",
    "reference.epreuve",
    "reference.manifeste",
)
_DATE = (1980, 1, 1, 0, 0, 0)
_JOUR = re.compile(r'<time datetime="(\d{4}-\d\d-\d\d)">Édité le')
# Pages made on demand, by the beginning of their names.
_OPTIONS = {"annexe": "35_", "reunion": "36_"}


def archive_session(dossier: Dossier, vers: Path | None = None) -> Path:
    """Write everything the results of a session are made from into one ZIP.

    Parameters
    ----------
    dossier
        A session folder whose results are published, and whose files are those they come from.
    vers
        The file to write; default: beside the folder, with its name and the day.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    MissingInputError
        Nothing is published, or files have changed since.
    ConfigurationError
        The file is there already.
    """
    manifeste = read_manifeste(dossier.entrepot)
    if manifeste is None:
        raise MissingInputError("Rien à archiver : aucun résultat publié dans ce dossier.")
    _require_unchanged(dossier)
    jour = date.today().isoformat()  # noqa: DTZ011 (the day of whoever archives)
    cible = vers or dossier.racine.with_name(f"{dossier.racine.name}-{jour}.zip")
    if cible.exists():
        raise ConfigurationError(f"« {cible} » existe déjà : choisissez un autre nom (--vers).")
    with tempfile.TemporaryDirectory(prefix="perequation-") as work:
        anterieures = dict(_extract_earlier(dossier, Path(work)))
        copies = {
            path.relative_to(work).as_posix(): path
            for path in sorted(Path(work, ANTERIEURES).glob("*"))
        }
        membres = dict(sorted(_members(dossier, copies)))
        sommaire = Sommaire(
            format=contenu.FORMAT,
            titre=dossier.configuration.session.titre,
            archive_le=jour,
            calcule_le=manifeste["calcule_le"],
            jour=_page_day(dossier),
            options=tuple(_options(dossier)),
            versions=freshness.library_versions(),
            calcul=freshness.computing_fingerprint(),
            anterieures=anterieures,
            fichiers={nom: _sha256(path) for nom, path in membres.items()},
            pages=contenu.fingerprint_pages(dossier.rapports),
        )
        _write(cible, membres, sommaire)
    return cible


def _require_unchanged(dossier: Dossier) -> None:
    changes = list(list_changes(dossier))
    if changes:
        raise MissingInputError(
            "Les résultats publiés ne sont plus ceux de ces fichiers. Relancez d'abord : "
            f"perequation executer {dossier.racine}",
            changes,
        )
    if not publication.is_as_published(dossier):
        raise MissingInputError(
            f"{dossier.entrepot.name} a été modifié depuis sa publication : rien n'est archivé."
        )


def _members(dossier: Dossier, anterieures: dict[str, Path]) -> Iterator[tuple[str, Path]]:
    """Yield the name and the file of every member."""
    for path in freshness.input_files(dossier):
        yield f"{SESSION}/{_inside(dossier, path)}", path
    for nom, folder in contenu.shipped_folders().items():
        for path in sorted(folder.rglob("*.toml")):
            yield f"{LIVRES}/{nom}/{path.relative_to(folder).as_posix()}", path
    for path in (dossier.precedent, dossier.diffuse, dossier.exports / "manifeste.json"):
        if path.is_file():
            yield f"{AVANT}/{path.name}", path
    for path in contenu.list_tables(dossier):
        yield f"{TABLES}/{path.name}", path
    for path in contenu.list_pages(dossier.rapports):
        yield f"{PAGES}/{path.relative_to(dossier.rapports).as_posix()}", path
    yield from anterieures.items()


def _inside(dossier: Dossier, path: Path) -> str:
    if not path.is_relative_to(dossier.racine):
        raise ConfigurationError(
            f"« {path} » est lu hors du dossier de session : copiez-le dans donnees/ pour l'archiver."
        )
    return path.relative_to(dossier.racine).as_posix()


def _extract_earlier(dossier: Dossier, work: Path) -> Iterator[tuple[str, str]]:
    """Write, of each earlier session read, the tables that are; yield its name and the file's."""
    for rang, (nom, folder) in enumerate(dossier.earlier_folders(), 1):
        source = (folder or Path(nom)) / "sortie" / "perequation.duckdb"
        if not source.is_file():
            continue
        membre = f"{ANTERIEURES}/{rang}.duckdb"
        cible = work / membre
        extract_tables(source, cible)
        cible.with_suffix(".toml").write_bytes((source.parents[1] / "session.toml").read_bytes())
        yield nom, membre


def extract_tables(source: Path, cible: Path) -> None:
    """Copy into a new warehouse the tables that reports read of an earlier session."""
    with entrepot.open_construction(cible, fresh=True) as con:
        entrepot.attach_read_only(con, "source", source)
        for relation in LUES:
            try:
                con.execute(f"create table {relation} as select * from source.{relation}")
            except duckdb.CatalogException:  # published by a version that had no such table
                continue
        con.execute("detach source")


def _page_day(dossier: Dossier) -> str:
    """Return the production date of the pages; empty when they carry that of their data."""
    index = dossier.rapports / "index.html"
    found = _JOUR.search(index.read_text(encoding="utf-8")) if index.is_file() else None
    return found[1] if found else ""


def _options(dossier: Dossier) -> Iterator[str]:
    pages = [path.relative_to(dossier.rapports) for path in contenu.list_pages(dossier.rapports)]
    if any(path.parts[0] == "fiches" for path in pages):
        yield "fiches"
    for option, start in _OPTIONS.items():
        if any(path.name.startswith(start) for path in pages):
            yield option


def _write(cible: Path, membres: dict[str, Path], sommaire: Sommaire) -> None:
    with written_whole(cible) as hidden, ZipFile(hidden, "w", ZIP_DEFLATED) as packed:
        _add(packed, SOMMAIRE, contenu.as_json(sommaire).encode())
        for nom, path in membres.items():
            _add(packed, nom, path.read_bytes())


def _add(packed: ZipFile, nom: str, content: bytes) -> None:
    # No date of its own: the same session gives the same archive.
    entry = ZipInfo(nom, _DATE)
    entry.compress_type = ZIP_DEFLATED
    packed.writestr(entry, content)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
