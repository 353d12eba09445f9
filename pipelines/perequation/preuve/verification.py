"""Rebuild a session from its archive, elsewhere, and say what is equal and what isn't, and why."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path, PurePath

from perequation import execution
from perequation.preuve import contenu
from perequation.preuve.comparaison import Difference, compare_tables
from perequation.preuve.contenu import AVANT, LIVRES, PAGES, SESSION, TABLES, Sommaire
from perequation.preuve.extraction import extract_archive
from perequation.socle import freshness
from perequation.socle.dossier import Dossier, open_dossier
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.fichiers import make_folder
from perequation.socle.formats import format_count, format_date
from perequation.socle.journal import open_run


@dataclass(frozen=True)
class Constat:
    """What came of rebuilding an archive.

    Attributes
    ----------
    sommaire
        What the archive says of itself.
    nb_tables, nb_pages
        Compared.
    tables, pages
        Those that differ.
    versions
        What computes and has changed: name, then the archive's version and today's.
    remis
        Règlements and profiles of the archive that had to be put back, for others are shipped today.
    """

    sommaire: Sommaire
    nb_tables: int = 0
    nb_pages: int = 0
    tables: tuple[Difference, ...] = ()
    pages: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    remis: tuple[str, ...] = ()

    @property
    def est_egal(self) -> bool:
        """Whether everything is."""
        return not self.tables and not self.pages

    def lines(self) -> Iterator[str]:
        """Say it in French."""
        calcule = format_date(self.sommaire.calcule_le)
        yield f"{self.sommaire.titre}, résultats du {calcule}, refaits."
        yield from (
            f"Remis en place, car d'autres sont livrés aujourd'hui : {n}" for n in self.remis
        )
        yield from self._said("table", self.nb_tables, len(self.tables))
        for table in self.tables:
            yield f"  {table.nom} : {format_count(table.nombre, 'différence')}"
            yield from (f"    {exemple}" for exemple in table.exemples)
            if table.nombre > len(table.exemples):
                yield f"    et {table.nombre - len(table.exemples)} de plus"
        yield from self._said("page", self.nb_pages, len(self.pages))
        autre = " (autre version)" if self.versions else ""
        yield from (f"  {page}{autre}" for page in self.pages)
        yield from self._why()

    def _said(self, quoi: str, count: int, autres: int) -> Iterator[str]:
        egales = "égale" if count - autres < 2 else "égales"
        yield f"{format_count(count - autres, quoi)} {egales} sur {count}."

    def _why(self) -> Iterator[str]:
        if self.versions:
            yield f"{'A' if len(self.versions) < 2 else 'Ont'} changé de version depuis :"
            yield from (f"  {ligne}" for ligne in self.versions)
        elif not self.est_egal:
            yield (
                "Mêmes versions : la différence vient d'ailleurs (archive modifiée, machine, session "
                "antérieure)."
            )


def verify_archive(archive: Path) -> Constat:
    """Rebuild the session of an archive in a temporary folder, and compare.

    Raises
    ------
    MissingInputError
        There is no such file.
    ConfigurationError
        It can't be opened; or the session it holds can't be computed by this version.
    """
    with tempfile.TemporaryDirectory(prefix="perequation-") as work:
        folder = Path(work)
        sommaire = extract_archive(archive, folder)
        constat = Constat(sommaire, versions=tuple(_versions(sommaire)))
        dossier, remis = _settle(folder, sommaire)
        try:
            _rebuild(dossier, sommaire)
        except PerequationError as error:
            raise ConfigurationError(
                f"L'archive ne peut pas être refaite par cette version : {error.message}",
                (*error.details, *constat.versions),
            ) from error
        return replace(
            constat,
            nb_tables=len(list((folder / TABLES).glob("*.parquet"))),
            nb_pages=len(sommaire.pages),
            tables=tuple(compare_tables(folder / TABLES, dossier.exports)),
            pages=tuple(_other_pages(folder / PAGES, dossier.rapports)),
            remis=remis,
        )


def _settle(folder: Path, sommaire: Sommaire) -> tuple[Dossier, tuple[str, ...]]:
    """Put the session, what it was compared with and the earlier ones as they lay."""
    # As deep as the earlier sessions are out: « ../../2022 » must stay in our folder.
    depth = max((PurePath(nom).parts.count("..") for nom in sommaire.anterieures), default=0)
    root = folder.joinpath("place", *("d" * depth), SESSION)
    make_folder(root.parent)
    (folder / SESSION).rename(root)
    _settle_earlier(folder, root, sommaire)
    remis = tuple(_put_back(folder / LIVRES, root))
    dossier = _unshared(open_dossier(root))
    for nom, target in (
        ("precedent.duckdb", dossier.precedent),
        ("diffuse.duckdb", dossier.diffuse),
        ("manifeste.json", dossier.exports / "manifeste.json"),
    ):
        source = folder / AVANT / nom
        if source.is_file():
            make_folder(target.parent)
            shutil.copyfile(source, target)
    return dossier, remis


def _unshared(dossier: Dossier) -> Dossier:
    """Have nobody else read the temporary folder: the group of the session may be unknown here."""
    configuration = dossier.configuration
    alone = configuration.acces.model_copy(update={"groupe": ""})
    return replace(dossier, configuration=configuration.model_copy(update={"acces": alone}))


def _settle_earlier(folder: Path, racine: Path, sommaire: Sommaire) -> None:
    for nom, membre in sommaire.anterieures.items():
        lieu = Path(*racine.parts, *PurePath(nom).parts).resolve()
        if PurePath(nom).is_absolute() or not lieu.is_relative_to(folder.resolve()):
            lieu = _move_absolute(racine, nom)
        make_folder(lieu / "sortie")
        shutil.copyfile(folder / membre, lieu / "sortie" / "perequation.duckdb")
        shutil.copyfile((folder / membre).with_suffix(".toml"), lieu / "session.toml")


def _move_absolute(racine: Path, nom: str) -> Path:
    """Have `session.toml` read an earlier session of another disk beside it; return where."""
    voisin = f"anterieure-{sha256(nom.encode()).hexdigest()[:12]}"
    path = racine / "session.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(nom, f"../{voisin}"), encoding="utf-8")
    return racine.with_name(voisin)


def _put_back(livres: Path, racine: Path) -> Iterator[str]:
    """Give the session the shipped règlements and profiles of its time, where today's differ."""
    for nom, today in contenu.shipped_folders().items():
        if nom == "regles":
            continue
        for source in sorted((livres / nom).rglob("*.toml")):
            relative = source.relative_to(livres / nom)
            target = racine / nom / relative
            same = (today / relative).is_file() and (
                (today / relative).read_bytes() == source.read_bytes()
            )
            if same or target.exists():
                continue
            make_folder(target.parent)
            shutil.copyfile(source, target)
            yield f"{nom}/{relative.as_posix()}"


def _rebuild(dossier: Dossier, sommaire: Sommaire) -> None:
    jour = date.fromisoformat(sommaire.jour) if sommaire.jour else None
    with open_run(dossier, "verifier", silencieux=True) as journal:
        execution.importer(dossier, journal)
        execution.controler(dossier, journal)
        execution.calculer(dossier, journal)
        execution.editer(dossier, journal, jour=jour, **dict.fromkeys(sommaire.options, True))


def _other_pages(avant: Path, apres: Path) -> Iterator[str]:
    """Yield the pages that differ: those of the archive themselves, whatever it announces of them."""
    gardees, faites = contenu.fingerprint_pages(avant), contenu.fingerprint_pages(apres)
    for nom in sorted({*gardees, *faites}):
        if nom not in faites:
            yield f"{nom} : n'est plus faite"
        elif nom not in gardees:
            yield f"{nom} : n'était pas faite"
        elif faites[nom] != gardees[nom]:
            yield f"{nom} : différente"


def _versions(sommaire: Sommaire) -> Iterator[str]:
    today = freshness.library_versions()
    changed = False
    for nom in sorted({*today, *sommaire.versions}):
        avant, apres = sommaire.versions.get(nom, "absent"), today.get(nom, "absent")
        if avant != apres:
            changed = True
            yield f"{nom} : {avant} puis {apres}"
    if not changed and sommaire.calcul != freshness.computing_fingerprint():
        yield "perequation : même numéro de version, code différent"
