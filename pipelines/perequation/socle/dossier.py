"""A session folder: where everything in it is, and the règlements that decide its session."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from perequation.socle.configuration import Configuration, load_configuration
from perequation.socle.erreurs import ConfigurationError, MissingInputError
from perequation.socle.formats import curl
from perequation.socle.reglement import Reglement, available_reglements, unknown_specialites
from perequation.socle.regles_decision import rules_at

_TABLES = {".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods"}


@dataclass(frozen=True)
class Dossier:
    """A session folder: its configuration and where everything in it is."""

    racine: Path
    configuration: Configuration

    def inputs(self) -> Iterator[Path]:
        """Yield every input file there is, kind by kind, sorted within each."""
        for globs in self._globs():
            yield from sorted(
                {p for motif in globs for p in self.racine.glob(motif) if p.is_file()}
            )

    def _globs(self) -> tuple[tuple[str, ...], ...]:
        donnees = self.configuration.donnees
        return (
            donnees.candidats,
            donnees.notes,
            donnees.etablissements,
            donnees.decisions_harmonisation,
            donnees.decisions_jury,
        )

    def unread(self) -> list[Path]:
        """Return the tables that lie beside the inputs and that no glob reads, sorted."""
        lus = set(self.inputs())
        dossiers = {(self.racine / motif).parent for globs in self._globs() for motif in globs}
        return sorted(
            path
            for dossier in dossiers
            if dossier.is_dir()
            for path in dossier.iterdir()
            if path.suffix.lower() in _TABLES
            and not path.name.startswith((".", "~$"))
            and path not in lus
        )

    def earlier_folders(self) -> Iterator[tuple[str, Path | None]]:
        """Yield each earlier session named, with its folder; None when nothing is there."""
        for motif in self.configuration.donnees.sessions_precedentes:
            found = sorted(glob(motif, root_dir=self.racine))  # noqa: PTH207 (may be absolute)
            yield from ((nom, self.racine / nom) for nom in found)
            if not found:
                yield motif, None

    @property
    def sortie(self) -> Path:
        """Everything produced."""
        return self.racine / "sortie"

    @property
    def entrepot(self) -> Path:
        """The published warehouse."""
        return self.sortie / "perequation.duckdb"

    @property
    def precedent(self) -> Path:
        """The warehouse published before, for `perequation comparer`."""
        return self.sortie / "precedent.duckdb"

    @property
    def diffuse(self) -> Path:
        """The warehouse of what was last given outside the office, compared before giving again."""
        return self.sortie / "diffuse.duckdb"

    @property
    def construction(self) -> Path:
        """The warehouse being built, until it replaces the published one."""
        return self.sortie / "construction.duckdb"

    @property
    def rapports(self) -> Path:
        """The report pack."""
        return self.sortie / "rapports"

    @property
    def exports(self) -> Path:
        """Parquet and XLSX."""
        return self.sortie / "exports"

    @property
    def rejets(self) -> Path:
        """Lists of what is wrong."""
        return self.sortie / "rejets"

    @property
    def journal(self) -> Path:
        """One log file a run."""
        return self.sortie / "journal"


def open_dossier(path: Path | str) -> Dossier:
    """Open a session folder.

    Raises
    ------
    MissingInputError
        The folder or its `session.toml` does not exist.
    ConfigurationError
        `session.toml` has faults; all are listed.
    """
    root = Path(path).resolve()
    if root.is_file():
        raise MissingInputError(f"« {path} » est un fichier, non un dossier de session.")
    if not root.is_dir():
        raise MissingInputError(f"Le dossier de session « {path} » n'existe pas.")
    if "?" in str(root):
        raise ConfigurationError(
            f"« {root} » : DuckDB n'écrit pas dans un dossier dont le chemin a un « ? ». "
            "Renommez-le."
        )
    if not (root / "session.toml").is_file():
        raise MissingInputError(
            f"« {path} » n'a pas de fichier session.toml. "
            "Créez-en un avec : perequation init DOSSIER --specialite CODE --session ANNEE"
        )
    return Dossier(root, load_configuration(root / "session.toml"))


def load_reglements(dossier: Dossier) -> tuple[Reglement, ...]:
    """Return the règlements that decide a session, one per spécialité of `session.toml`.

    Raises
    ------
    ConfigurationError
        A règlement is missing, or is not confirmed and `session.toml` does not say
        `coefficients_confirmes = true`; or `session.toml` names an épreuve none of them has.
    """
    session = dossier.configuration.session
    known = available_reglements(dossier.racine)
    retenus = _retained(dossier, known)
    inconnues = list(unknown_specialites(known, session.specialites, session.annee))
    fautes = [
        *inconnues,
        *_unconfirmed(retenus, session.coefficients_confirmes),
        # A code may be that of the spécialité whose règlement isn't there.
        *([] if inconnues else _unknown_codes(retenus, dossier)),
    ]
    if fautes:
        raise ConfigurationError("La session ne peut pas être décidée.", fautes)
    return retenus


def _retained(dossier: Dossier, known: Iterable[Reglement]) -> tuple[Reglement, ...]:
    session = dossier.configuration.session
    by_code = {r.specialite: r for r in known if r.covers(session.annee)}
    return tuple(by_code[code] for code in session.specialites if code in by_code)


def list_reserves(dossier: Dossier) -> tuple[str, ...]:
    """Return what every document says: unconfirmed coefficients, and what the year's law holds back.

    It is asked for by what only shows a session: one that can't be decided is none of its business.
    """
    retained = _retained(dossier, available_reglements(dossier.racine))
    codes = ", ".join(r.specialite for r in retained if not r.confirme)
    coefficients = (
        f"Coefficients non confirmés ({codes}) : les moyennes et les décisions en dépendent."
    )
    annee = dossier.configuration.session.annee
    law = rules_at(annee).regime.reserves
    own = (words for r in retained for words in r.reserves_at(annee))
    found = [*([coefficients] if codes else []), *law, *own]
    return tuple(map(curl, found))


def reserve_of(dossier: Dossier) -> str:
    """Return the reserves of a session (`list_reserves`) as one text, empty when there are none."""
    return " ".join(list_reserves(dossier))


def _unconfirmed(reglements: tuple[Reglement, ...], accepted: bool) -> Iterator[str]:
    for reglement in reglements:
        if not reglement.confirme and not accepted:
            yield (
                f"le règlement {reglement.specialite} n'est pas confirmé "
                f"({' '.join(reglement.reserves)}) ; vérifiez-le (perequation reglement afficher "
                f"{reglement.specialite}), puis écrivez session.coefficients_confirmes = true"
            )


def _unknown_codes(reglements: tuple[Reglement, ...], dossier: Dossier) -> Iterator[str]:
    configuration = dossier.configuration
    codes = {code for r in reglements for code in r.codes}
    sections = {
        "harmonisation.ancres": configuration.harmonisation.ancres,
        "ccf.epreuves": configuration.ccf.epreuves,
    }
    for key, listed in sections.items():
        yield from (f"{key} : épreuve « {code} » inconnue" for code in listed if code not in codes)
    yield from _wrong_language(reglements, configuration.regles.controle_langue)


def _wrong_language(reglements: tuple[Reglement, ...], langue: str) -> Iterator[str]:
    """Yield a fault when the contrôle of a language names neither an épreuve as a whole nor a part.

    Only a sous-épreuve of the general domain can be taken again for the whole épreuve.
    """
    possibles = dict.fromkeys(
        e.code
        for reglement in reglements
        for e in reglement.obligatoires
        if e.epreuve is not None and e.domaine == "general"
    )
    ecrites = {ecrit for r in reglements for ecrit, code in r.codes.items() if code in possibles}
    if langue != "epreuve" and langue not in ecrites:
        yield (
            f"regles.controle_langue : « {langue} » n'est ni « epreuve » ni une sous-épreuve du "
            f"domaine général ({', '.join(possibles) or 'il n’y en a pas dans cette session'})"
        )
