"""`session.toml`: what a session is, where its files are, which rules it follows.

The whole file is checked at once and every fault names its key. Source: contract, section 1.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from perequation.socle.academies import find_academie
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.fautes import describe_faults
from perequation.socle.formats import format_count, read_date
from perequation.socle.reglement import CODE_SPECIALITE, available_reglements, unknown_specialites
from perequation.socle.regles_qualite import rule_names

TypeUnite = Literal["etablissement", "centre", "commission", "lot", "correcteur"]
Maille = Literal["academie", "etablissement", "centre_ecrit", "total"]
Glob = Annotated[str, Field(min_length=1)]
CodeSpecialite = Annotated[str, Field(pattern=CODE_SPECIALITE)]


# `true` is not a number, whatever Python thinks.
Entier = Annotated[int, Field(strict=True)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


_A_COMPLETER = re.compile(r"[àÀaA]\s+compl[ée]ter|^[\s.…?]*$|\bX{3,}\b", re.IGNORECASE)


class Session(_Section):
    """What the session is."""

    annee: Entier = Field(ge=2000, le=2100)
    titre: str = Field(min_length=1)
    academie_pilote: str = Field(min_length=1)
    specialites: tuple[CodeSpecialite, ...] = Field(min_length=1)
    coefficients_confirmes: bool = False

    @field_validator("specialites")
    @classmethod
    def _are_named_once(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        doubles = [code for code, n in Counter(codes).items() if n > 1]
        if doubles:
            raise ValueError(f"{', '.join(doubles)} nommée plusieurs fois")
        return codes

    @field_validator("titre", "academie_pilote")
    @classmethod
    def _is_filled_in(cls, texte: str) -> str:
        """Refuse what `init` left to fill in: it would be on every page."""
        if _A_COMPLETER.search(texte):
            raise ValueError("reste à compléter")
        return texte

    @field_validator("academie_pilote")
    @classmethod
    def _is_an_academie(cls, nom: str) -> str:
        try:
            find_academie(nom)
        except ConfigurationError as erreur:
            raise ValueError(str(erreur).rstrip(".")) from erreur
        return nom


class Donnees(_Section):
    """Globs of the input files, relative to the session folder."""

    candidats: tuple[Glob, ...] = Field(min_length=1)
    notes: tuple[Glob, ...] = Field(min_length=1)
    etablissements: tuple[Glob, ...] = ()
    decisions_harmonisation: tuple[Glob, ...] = ()
    decisions_jury: tuple[Glob, ...] = ()
    sessions_precedentes: tuple[Glob, ...] = ()
    profil: str = "perequation"
    profils: dict[str, str] = {}
    renvois: tuple[str, ...] = ()

    @field_validator(
        "candidats", "notes", "etablissements", "decisions_harmonisation", "decisions_jury"
    )
    @classmethod
    def _stays_inside(cls, globs: tuple[str, ...]) -> tuple[str, ...]:
        for motif in globs:
            if Path(motif).is_absolute() or ".." in Path(motif).parts:
                raise ValueError(f"« {motif} » sort du dossier de session")
            if not _is_pattern(motif):
                raise ValueError(
                    f"« {motif} » n'est pas un motif de fichiers (comme donnees/notes*.csv ; "
                    "** prend tout un nom de dossier)"
                )
        return globs

    @field_validator("renvois")
    @classmethod
    def _has_one_date(cls, motifs: tuple[str, ...]) -> tuple[str, ...]:
        for motif in motifs:
            if (
                not motif
                or "/" in motif
                or motif.count("{") != motif.count("{date}")
                or motif.count("{date}") > 1
            ):
                raise ValueError(
                    f"« {motif} » n'est pas un motif de nom de fichier (comme notes_v1* ou "
                    "notes_{date}.csv), du premier envoi au dernier"
                )
        return motifs

    @model_validator(mode="after")
    def _keeps_what_is_signed(self) -> "Donnees":
        noms = [Path(glob.lower()).name for glob in self.decisions_harmonisation]
        for motif in self.renvois:
            if any(nom[:1] not in "*?[" and fnmatchcase(motif.lower(), nom) for nom in noms):
                raise ValueError(
                    f"« {motif} » : une décision de la réunion d'harmonisation est signée, un envoi suivant "
                    "ne la remplace pas ; retirez du dossier celle qui ne vaut plus (renvois vaut pour les "
                    "candidats, les notes, les établissements et les décisions du jury)"
                )
        return self


def _is_pattern(motif: str) -> bool:
    """Say whether a pattern may name files; Python says it only by failing on some."""
    parts = motif.split("/")
    if "\0" in motif or not Path(motif).parts or any("**" in p and p != "**" for p in parts):
        return False
    try:
        next(Path("/nulle-part").glob(motif), None)
    except (ValueError, NotImplementedError, IndexError, re.error):
        return False
    return True


class EffectifAttendu(_Section):
    """One line of the circular: how many candidates it announces."""

    maille: Maille
    code: str = ""
    inscrits: Entier = Field(ge=0, le=10_000_000)


class Seuils(_Section):
    """Thresholds of the reports, in points out of 20 and in candidates."""

    alerte_ecart: Decimal = Field(default=Decimal("0.5"), ge=0, le=20, decimal_places=2)
    effectif_minimal: Entier = Field(default=5, ge=3)
    pas_note: Decimal = Field(default=Decimal("0.5"), gt=0, le=1, decimal_places=2)

    @field_validator("pas_note")
    @classmethod
    def _divides_the_scale(cls, pas: Decimal) -> Decimal:
        if Decimal(20) % pas:
            raise ValueError("le pas doit diviser 20 (0,5 ; 0,25 ; 1…)")
        return pas


class Regles(_Section):
    """The open points of the regulation, each with its default."""

    controle_langue: str = "epreuve"
    controle_reprend_benefice: bool = False
    controle_forme_progressive: bool = True


class Harmonisation(_Section):
    """Anchors and units; no anchor listed means the règlement's own.

    ``ancres_par = "academie"``: anchors were marked académie by académie, and are compared inside it.
    """

    ancres: tuple[str, ...] = ()
    ancres_par: Literal["", "academie"] = ""
    types_unite: tuple[TypeUnite, ...] = get_args(TypeUnite)


def _as_people_write(value: object) -> object:
    """Read a date between quotes as people write it; a fault stays for pydantic to tell."""
    return (read_date(value) or value) if isinstance(value, str) else value


Jour = Annotated[date, BeforeValidator(_as_people_write)]


class Ccf(_Section):
    """CCF épreuves of the template, and when it is due; none listed means the règlement's own."""

    epreuves: tuple[str, ...] = ()
    date_limite: Jour | None = None


class Rapports(_Section):
    """Which reports of the package are made; all when none is named."""

    produire: tuple[str, ...] = ()


class Bornes(_Section):
    """What one file received may ask of the machine; beyond, it alone is set aside."""

    taille_mo: Entier = Field(default=500, ge=1, le=100_000)
    decompresse_mo: Entier = Field(default=1000, ge=1, le=100_000)
    memoire_mo: Entier = Field(default=1000, ge=64, le=100_000)
    secondes: Entier = Field(default=120, ge=1, le=86_400)
    cellules: Entier = Field(default=20_000_000, ge=1000, le=10**9)
    caracteres: Entier = Field(default=100_000, ge=200, le=10**7)


class Calendrier(_Section):
    """When each step of the session is due; the CCF deadline is `ccf.date_limite`."""

    reunion: Jour | None = None
    jury: Jour | None = None
    resultats: Jour | None = None
    controle: Jour | None = None
    second_jury: Jour | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        dates = [(nom, jour) for nom, jour in self if jour is not None]
        for (nom, jour), (suivant, apres) in pairwise(dates):
            if apres < jour:
                raise ValueError(f"{suivant} ({apres:%d/%m/%Y}) précède {nom} ({jour:%d/%m/%Y})")
        return self


class Qualite(_Section):
    """Rules raised to blocking, and the share of rejected rows from which nothing is published."""

    bloquer: tuple[str, ...] = ()
    taux_rejet_maximal: float = Field(default=0.05, ge=0, le=1)

    @field_validator("bloquer")
    @classmethod
    def _are_known_rules(cls, regles: tuple[str, ...]) -> tuple[str, ...]:
        fautes = [_unknown_rule(nom) for nom in regles if nom not in rule_names()]
        if fautes:
            raise ValueError(" ; ".join(fautes))
        return regles


def _unknown_rule(nom: str) -> str:
    proches = " ou ".join(f"« {n} »" for n in get_close_matches(nom, sorted(rule_names()), 2))
    conseil = f"vouliez-vous {proches} ?" if proches else "leurs noms sont dans le rapport qualité"
    return f"la règle « {nom} » n'existe pas ({conseil})"


class ReferenceNationale(_Section):
    """What a session is compared with in the whole country, and where it was read."""

    specialite: str = ""
    source: str = Field(min_length=1)
    taux_reussite: float | None = Field(default=None, ge=0, le=1)
    moyenne_generale: float | None = Field(default=None, ge=0, le=20)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.taux_reussite is None and self.moyenne_generale is None:
            raise ValueError("taux_reussite (entre 0 et 1) ou moyenne_generale est attendu")
        return self


class Acces(_Section):
    """Who may read what is produced, besides the account that made it: a group, or nobody."""

    groupe: str = ""


class Configuration(_Section):
    """The whole of `session.toml`."""

    session: Session
    donnees: Donnees
    effectif_attendu: tuple[EffectifAttendu, ...] = ()
    seuils: Seuils = Seuils()
    regles: Regles = Regles()
    harmonisation: Harmonisation = Harmonisation()
    ccf: Ccf = Ccf()
    calendrier: Calendrier = Calendrier()
    qualite: Qualite = Qualite()
    rapports: Rapports = Rapports()
    reference_nationale: tuple[ReferenceNationale, ...] = ()
    acces: Acces = Acces()
    bornes: Bornes = Bornes()

    @field_validator("reference_nationale")
    @classmethod
    def _is_of_a_specialite(
        cls, references: tuple[ReferenceNationale, ...], info: ValidationInfo
    ) -> tuple[ReferenceNationale, ...]:
        """Refuse a reference for a spécialité the session has not, or two for one."""
        session: Session | None = info.data.get("session")
        codes = session.specialites if session else ()
        named = [reference.specialite or next(iter(codes), "") for reference in references]
        if session and (strangers := sorted(set(named) - set(codes))):
            raise ValueError(f"spécialité absente de la session : {', '.join(strangers)}")
        if session and len(codes) > 1 and not all(each.specialite for each in references):
            raise ValueError("la session a plusieurs spécialités : specialite est attendu")
        if len(set(named)) < len(named):
            raise ValueError("une seule référence par spécialité")
        return references


def load_configuration(path: Path) -> Configuration:
    """Read and check a `session.toml`.

    Raises
    ------
    ConfigurationError
        With one line per fault, each naming its key.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except RecursionError as erreur:
        raise ConfigurationError(f"{path.name} est imbriqué trop profondément.") from erreur
    except UnicodeDecodeError as erreur:
        raise ConfigurationError(
            f"{path.name} n'est pas en UTF-8 (octet {erreur.start}). Réenregistrez-le en UTF-8."
        ) from erreur
    except tomllib.TOMLDecodeError as erreur:
        raise ConfigurationError(
            f"{path.name} n'est pas un fichier TOML valide{_place(erreur)}. Un nombre décimal "
            "s'écrit avec un point (0.5), un texte entre guillemets sur une seule ligne."
        ) from erreur
    try:
        return Configuration.model_validate(content)
    except ValidationError as erreur:
        fautes = [*describe_faults(erreur), *_without_reglement(content, path.parent)]
        raise ConfigurationError(
            f"{path.name} : {format_count(len(fautes), 'faute')} à corriger.", fautes
        ) from erreur


def _without_reglement(content: dict[str, Any], racine: Path) -> Iterator[str]:
    """Yield the spécialités that no règlement covers, as far as codes and year can be read.

    Alone, this fault is told by what needs the règlement (`load_reglements`), so that results
    already published stay readable; beside others, it is told with them.
    """
    session = content.get("session")
    if not isinstance(session, dict):
        return
    annee, codes = session.get("annee"), session.get("specialites")
    if not (isinstance(annee, int) and isinstance(codes, list)):
        return
    lisibles = [code for code in codes if isinstance(code, str) and re.match(CODE_SPECIALITE, code)]
    try:
        yield from unknown_specialites(available_reglements(racine), lisibles, annee)
    except ConfigurationError as erreur:
        yield " ".join((erreur.message, *erreur.details))


def _place(erreur: tomllib.TOMLDecodeError) -> str:
    """Say where in French; the library only says it in its English sentence."""
    found = re.search(r"line (\d+), column (\d+)", str(erreur))
    return f" (ligne {found[1]}, colonne {found[2]})" if found else ""
