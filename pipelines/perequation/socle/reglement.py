"""Règlements d'examen as dated, sourced data: épreuves, coefficients, domains, validity.

A règlement is a TOML file (`reglements/*.toml`); those of a session folder win over those shipped,
so that another spécialité takes a file, not code.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from perequation.socle.donnee import Certitude, Donnee, Provenance
from perequation.socle.erreurs import ConfigurationError, MissingInputError
from perequation.socle.fautes import read_model
from perequation.socle.ressources import PACKAGE

CODE_SPECIALITE = r"^[A-Z0-9]{2,12}$"
Domaine = Literal["general", "professionnel"]
Forme = Literal["ecrit", "oral", "pratique"]


# E1, E21, EF4, and the letters some papers write: E5A.
CODE_EPREUVE = r"^E[A-Z]?\d{1,3}[A-Z]?$"
CodeEpreuve = Annotated[str, Field(pattern=CODE_EPREUVE)]
Coefficient = Annotated[Decimal, Field(gt=0, lt=100, decimal_places=2)]


class Epreuve(Donnee):
    """An épreuve or sous-épreuve: the smallest thing that gets a mark.

    Attributes
    ----------
    alias
        Other codes that files write for it.
    langue
        Its mark is in a living language: two of these are one choice at the contrôle.
    source, certitude
        Of its coefficient, when they are not those of the règlement.
    """

    code: CodeEpreuve
    epreuve: str | None = Field(default=None, pattern=r"^E[A-Z]?\d{1,2}$")
    alias: tuple[CodeEpreuve, ...] = ()
    langue: bool = False
    titre: str = Field(min_length=1)
    coefficient: Coefficient
    domaine: Domaine | None = None
    forme: Forme | None = None
    ancre: bool = False
    ccf: bool = False
    facultative: bool = False
    a_la_suite_de: str | None = None
    source: str | None = None
    certitude: Certitude | None = None

    @property
    def groupe(self) -> str:
        """The épreuve this sous-épreuve belongs to, itself when it stands alone."""
        return self.epreuve or self.code

    @model_validator(mode="after")
    def _compulsory_has_a_domain(self) -> Self:
        if not self.facultative and self.domaine is None:
            raise ValueError(f"{self.code} : une épreuve obligatoire a un domaine")
        if self.facultative and self.ancre:
            raise ValueError(f"{self.code} : une épreuve facultative n'est pas une ancre")
        return self


class Groupe(Donnee):
    """An épreuve made of sous-épreuves: its code and its own title."""

    code: str = Field(pattern=r"^E[A-Z]?\d{1,2}$")
    titre: str = Field(min_length=1)


class Reglement(Donnee):
    """The règlement of one spécialité for a range of sessions (both ends included).

    Attributes
    ----------
    sessions
        First and last session; the first alone when nothing read ends it.
    verifie_jusqu_a
        The last session a source was read for: later ones are decided with a reserve.
    facultatives_maximales
        How many optional épreuves count, when it is not what the session's rules say.
    sources
        Of each bound, of the coefficients and of the domains.
    groupes
        Titles of the épreuves made of sous-épreuves.
    repartitions
        Other coefficients as plausible as those given, by code, when these are not confirmed.
    """

    specialite: str = Field(pattern=CODE_SPECIALITE)
    titre: str = Field(min_length=1)
    sessions: tuple[int] | tuple[int, int]
    verifie_jusqu_a: int | None = None
    facultatives_maximales: int | None = Field(default=None, ge=0, le=10)
    source: str = Field(min_length=1)
    sources: tuple[Provenance, ...] = ()
    confirme: bool
    reserves: tuple[str, ...] = ()
    groupes: tuple[Groupe, ...] = ()
    epreuves: tuple[Epreuve, ...] = Field(min_length=1)
    repartitions: tuple[dict[CodeEpreuve, Coefficient], ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        fautes = list(_inconsistencies(self))
        if fautes:
            raise ValueError(" ; ".join(fautes))
        return self

    @property
    def obligatoires(self) -> tuple[Epreuve, ...]:
        """The compulsory épreuves, in order."""
        return tuple(e for e in self.epreuves if not e.facultative)

    @property
    def total_coefficients(self) -> Decimal:
        """The sum of the compulsory coefficients."""
        return sum((e.coefficient for e in self.obligatoires), Decimal(0))

    @property
    def debut(self) -> int:
        """Its first session."""
        return self.sessions[0]

    @property
    def fin(self) -> int | None:
        """Its last session, None when nothing read ends it."""
        return self.sessions[1] if len(self.sessions) == 2 else None

    @property
    def etendue(self) -> str:
        """Its sessions in words: ``"2021–2025"``, ``"depuis 2020"``."""
        return f"depuis {self.debut}" if self.fin is None else f"{self.debut}–{self.fin}"

    def title_of(self, groupe: str) -> str:
        """Return the title of an épreuve, whole: its own, or that of its sous-épreuves in a row."""
        for entier in self.groupes:
            if entier.code == groupe:
                return entier.titre
        return " ; ".join(e.titre for e in self.epreuves if e.groupe == groupe)

    @property
    def codes(self) -> dict[str, str]:
        """The code of each épreuve, by each code that files write for it."""
        return {ecrit: e.code for e in self.epreuves for ecrit in (e.code, *e.alias)}

    def covers(self, annee: int) -> bool:
        """Say whether the règlement is valid for the session of a year."""
        return self.debut <= annee and (self.fin is None or annee <= self.fin)

    def source_of(self, objet: str) -> Provenance | None:
        """Return the source of a fact (premiere_session, derniere_session, coefficients…)."""
        return next((s for s in self.sources if s.objet == objet), None)

    def reserves_at(self, annee: int) -> tuple[str, ...]:
        """Return what is not sure of it for the session of a year."""
        if self.verifie_jusqu_a is None or annee <= self.verifie_jusqu_a:
            return self.reserves
        end = self.source_of("derniere_session")
        non_verifie = (
            f"Règlement {self.specialite} non vérifié au-delà de la session {self.verifie_jusqu_a} : à "
            f"confirmer pour {annee}{f' ({end.texte})' if end else ''}."
        )
        return (*self.reserves, non_verifie)


def _inconsistencies(reglement: Reglement) -> Iterator[str]:
    if reglement.fin is not None and reglement.debut > reglement.fin:
        yield f"sessions : {reglement.debut} est après {reglement.fin}"
    codes = Counter(code for e in reglement.epreuves for code in (e.code, *e.alias))
    yield from (f"épreuve {code} présente {n} fois" for code, n in codes.items() if n > 1)
    groupes = {e.epreuve for e in reglement.epreuves if e.epreuve}
    yield from (f"{g} est à la fois une épreuve et un groupe" for g in sorted(groupes & set(codes)))
    if not reglement.obligatoires:
        yield "aucune épreuve obligatoire"
    for epreuve in reglement.epreuves:
        if epreuve.a_la_suite_de and epreuve.a_la_suite_de not in {*codes, *groupes}:
            yield f"{epreuve.code} : a_la_suite_de = « {epreuve.a_la_suite_de} » n'existe pas"
    inconnus = {g.code for g in reglement.groupes} - groupes
    yield from (f"groupes : {g} n'a pas de sous-épreuve" for g in sorted(inconnus))
    obligatoires = {e.code for e in reglement.obligatoires}
    others = {code for r in reglement.repartitions for code in r} - obligatoires
    yield from (f"repartitions : {c} n'est pas obligatoire" for c in sorted(others))
    for groupe in sorted(groupes):
        domaines = {e.domaine for e in reglement.epreuves if e.epreuve == groupe}
        if len(domaines) > 1:
            yield f"{groupe} : ses sous-épreuves sont de domaines différents"


def read_reglement(path: Path) -> Reglement:
    """Read one règlement file.

    Raises
    ------
    ConfigurationError
        With one line per fault.
    """
    return read_model(path, Reglement, "Règlement", "refusé")


def available_reglements(folder: Path | None = None) -> tuple[Reglement, ...]:
    """Return every règlement known: the session folder's, then those shipped it doesn't replace.

    Parameters
    ----------
    folder
        The session folder; its `reglements/*.toml` win for the spécialités they describe.

    Raises
    ------
    ConfigurationError
        A file has faults, or two files of one place overlap.
    MissingInputError
        There is no such folder.
    """
    if folder and not folder.is_dir():
        raise MissingInputError(f"Le dossier « {folder} » n'existe pas.")
    livres = _shipped()
    propres = _read_all(folder / "reglements") if folder else ()
    remplaces = {reglement.specialite for reglement in propres}
    return (*propres, *(r for r in livres if r.specialite not in remplaces))


@cache
def _shipped() -> tuple[Reglement, ...]:
    """Return the règlements of this installation, which no session changes."""
    return _read_all(PACKAGE / "reglements")


def _read_all(folder: Path) -> tuple[Reglement, ...]:
    reglements = tuple(read_reglement(path) for path in sorted(folder.glob("*.toml")))
    fautes = list(_overlaps(reglements))
    if fautes:
        raise ConfigurationError("Des règlements se recouvrent.", fautes)
    return reglements


def _overlaps(reglements: tuple[Reglement, ...]) -> Iterator[str]:
    ordonnes = sorted(reglements, key=lambda r: (r.specialite, r.debut))
    for avant, apres in pairwise(ordonnes):
        if avant.specialite == apres.specialite and avant.covers(apres.debut):
            yield f"{avant.specialite} : {avant.etendue} et {apres.etendue}"


def find_reglement(reglements: Iterable[Reglement], specialite: str, annee: int) -> Reglement:
    """Return the règlement of a spécialité for a session.

    Raises
    ------
    ConfigurationError
        None is known; the message says which exist.
    """
    reglements = tuple(reglements)
    for reglement in reglements:
        if reglement.specialite == specialite and reglement.covers(annee):
            return reglement
    aucun = f"Aucun règlement de la spécialité « {specialite} » pour la session {annee}."
    if raison := _why_none(reglements, specialite, annee):
        raise ConfigurationError(f"{aucun} {raison}")
    known = ", ".join(f"{r.specialite} {r.etendue}" for r in reglements)
    raise ConfigurationError(
        f"{aucun} Connus : {known}. Ajoutez un fichier reglements/{specialite.lower()}-{annee}.toml "
        "au dossier de session (perequation reglement modele en crée un, perequation reglement "
        "prolonger reprend le précédent)."
    )


def _why_none(reglements: tuple[Reglement, ...], specialite: str, annee: int) -> str:
    """Say why a session before the first one of a spécialité can't be, with its source."""
    premier = min(
        (r for r in reglements if r.specialite == specialite), key=lambda r: r.debut, default=None
    )
    if premier is None or annee >= premier.debut:
        return ""
    source = premier.source_of("premiere_session")
    detail = f" ({source.texte})" if source else ""
    return (
        f"Sa première session est {premier.debut}{detail} : vérifiez l'année. Un règlement que vous "
        f"tenez d'un texte se place dans reglements/ du dossier de session."
    )


def unknown_specialites(
    reglements: Iterable[Reglement], specialites: Iterable[str], annee: int
) -> Iterator[str]:
    """Yield a fault of `session.toml` for each spécialité that no règlement covers that year."""
    reglements = tuple(reglements)
    for specialite in specialites:
        try:
            find_reglement(reglements, specialite, annee)
        except ConfigurationError as erreur:
            yield f"session.specialites : {erreur.message}"
