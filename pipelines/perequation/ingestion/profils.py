"""Import profiles: how a source lays its files out, as TOML.

A profile has one section per kind of file. The session's own (`profils/<nom>.toml` beside
`session.toml`) come before the shipped ones, and may extend one with `base`.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from perequation.socle.configuration import Configuration
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.fautes import describe_faults
from perequation.socle.schema import TABLES

_LIVRES = Path(__file__).parent / "profils"
SEPARATEURS = {";": "point-virgule", ",": "virgule", "\t": "tabulation"}


class _Partie(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Extrait(_Partie):
    """A value found outside the rows: first group of `motif`.

    Attributes
    ----------
    ligne
        Physical line above the header.
    dans
        Else where it is looked for: the file's name, or the sheet's.
    motif
        What it looks like.
    """

    ligne: Annotated[int, Field(ge=1)] | None = None
    dans: Literal["fichier", "feuille"] | None = None
    motif: str

    @model_validator(mode="after")
    def _is_somewhere(self) -> "Extrait":
        if (self.ligne is None) == (self.dans is None):
            raise ValueError("dire soit « ligne », soit « dans » (fichier ou feuille)")
        return self

    @field_validator("motif")
    @classmethod
    def _compiles(cls, motif: str) -> str:
        return _check_pattern(motif, groups=1)


class Absence(_Partie):
    """A column that says who was absent.

    Attributes
    ----------
    colonne
        Its label.
    valeurs
        What it holds for an absent candidate, compared without case or accents.
    code
        The code an absence without a mark stands for.
    """

    colonne: str
    valeurs: Annotated[tuple[str, ...], Field(min_length=1)]
    code: Literal["AB", "AJ"] = "AB"


class Disposition(_Partie):
    """How one kind of file is laid out.

    Attributes
    ----------
    entete
        Physical line of the header, from 1; searched for when absent.
    separateur
        Field separator; detected when absent.
    feuille
        Sheet of a workbook; the first visible one whose header fits when absent.
    vides
        Texts that mean an empty cell.
    pied
        Pattern of the first filled cell of footer lines.
    colonnes
        Other labels of each column.
    codes
        For a column, its values as written, and as they are to be read.
    constantes
        Values of columns the file doesn't have; `{annee}`, `{specialite}` and `{academie_pilote}`
        stand for those of the session.
    preambule
        Columns whose value is above the header.
    large
        Épreuves that have one column each (a wide file); ``"*"`` takes those of the règlement.
    epreuves
        Other labels of the columns of épreuves.
    selon_epreuve
        For a column, its value for each épreuve; it comes before the file's and the constant.
    absence
        The column that says who was absent.
    filtre
        By label or by column of ours, the values of the rows to take; the others are set aside.
    convertir_baremes
        Whether marks on a scale that the header, a column or the profile says are brought to 20.
    entete_lignes
        Number of lines of the header.
    """

    entete: Annotated[int, Field(ge=1)] | None = None
    entete_lignes: Annotated[int, Field(ge=1, le=2)] = 1
    separateur: str | None = None
    feuille: str | None = None
    vides: tuple[str, ...] = ()
    pied: str | None = None
    colonnes: dict[str, tuple[str, ...]] = {}
    codes: dict[str, dict[str, str]] = {}
    constantes: dict[str, str] = {}
    preambule: dict[str, Extrait] = {}
    large: tuple[str, ...] = ()
    epreuves: dict[str, tuple[str, ...]] = {}
    selon_epreuve: dict[str, dict[str, str]] = {}
    absence: Absence | None = None
    filtre: dict[str, tuple[str, ...]] = {}
    convertir_baremes: bool = False

    def of_codes(self, alias: Mapping[str, str]) -> "Disposition":
        """Return it with what it says of an épreuve said of each code that files write for it."""
        pairs = [*alias.items(), *((code, ecrit) for ecrit, code in alias.items())]
        tous = {
            nom: {**{ecrit: par[code] for ecrit, code in pairs if code in par}, **par}
            for nom, par in self.selon_epreuve.items()
        }
        return self.model_copy(update={"selon_epreuve": tous}) if tous else self

    @field_validator("separateur")
    @classmethod
    def _is_known(cls, separateur: str | None) -> str | None:
        if separateur is not None and separateur not in SEPARATEURS:
            raise ValueError("séparateur attendu : « ; », « , » ou tabulation")
        return separateur

    @field_validator("pied")
    @classmethod
    def _compiles(cls, pied: str | None) -> str | None:
        return pied if pied is None else _check_pattern(pied)

    @model_validator(mode="after")
    def _is_coherent(self) -> "Disposition":
        if self.absence is not None and (self.large or self.epreuves):
            raise ValueError("« absence » vaut pour une note par ligne, pas pour un fichier large")
        return self


class Profil(_Partie):
    """A named import profile."""

    nom: str = ""
    titre: str = ""
    candidats: Disposition = Disposition()
    notes: Disposition = Disposition()
    etablissements: Disposition = Disposition()
    decisions_harmonisation: Disposition = Disposition()
    decisions_jury: Disposition = Disposition()

    @model_validator(mode="after")
    def _names_known_columns(self) -> "Profil":
        for nom, table in TABLES.items():
            disposition = self.disposition(nom)
            cites = {
                *disposition.colonnes,
                *disposition.codes,
                *disposition.constantes,
                *disposition.preambule,
                *disposition.selon_epreuve,
            }
            inconnues = sorted(cites - set(table.noms))
            if inconnues:
                raise ValueError(f"[{nom}] n'a pas de colonne {', '.join(inconnues)}")
        return self

    def disposition(self, type_fichier: str) -> Disposition:
        """Return the layout of one kind of file."""
        return getattr(self, type_fichier)


def _check_pattern(motif: str, groups: int = 0) -> str:
    try:
        compile_ = re.compile(motif)
    except re.error as erreur:
        raise ValueError(f"motif « {motif} » illisible ({erreur})") from erreur
    if compile_.groups < groups:
        raise ValueError(f"motif « {motif} » : il faut une parenthèse autour de la valeur")
    return motif


@cache
def shipped_profiles() -> tuple[str, ...]:
    """Return the names of the profiles that come with the package."""
    return tuple(sorted(path.stem for path in _LIVRES.glob("*.toml")))


def load_profile(nom: str, dossier: Dossier | None = None) -> Profil:
    """Read an import profile.

    Parameters
    ----------
    nom
        Its name: a file `profils/<nom>.toml` of the session folder, else a shipped profile.
    dossier
        The session folder, if any.

    Raises
    ------
    ConfigurationError
        No such profile, or a faulty one.
    """
    content = _read(nom, dossier, ())
    try:
        return Profil.model_validate({**content, "nom": nom})
    except ValidationError as erreur:
        raise ConfigurationError(
            f"Le profil d'import « {nom} » est à corriger.", describe_faults(erreur)
        ) from erreur


def _read(nom: str, dossier: Dossier | None, vus: tuple[str, ...]) -> dict[str, Any]:
    path = _find(nom, dossier, est_base=bool(vus) and vus[-1] == nom)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
        message = f"Le profil {path.name} n'est pas un TOML : {erreur}."
        raise ConfigurationError(message) from erreur
    base = content.pop("base", None)
    if base is None:
        return content
    if len(vus) > 5:
        raise ConfigurationError(f"Le profil « {nom} » s'étend lui-même : {' → '.join(vus)}.")
    return _merge(_read(str(base), dossier, (*vus, nom)), content)


def _find(nom: str, dossier: Dossier | None, *, est_base: bool) -> Path:
    if not re.fullmatch(r"[\w-]+", nom):
        raise ConfigurationError(f"« {nom} » n'est pas un nom de profil d'import.")
    # A session's profile may carry the name of the shipped one it extends.
    propres = [dossier.racine / "profils" / f"{nom}.toml"] if dossier and not est_base else []
    for path in (*propres, _LIVRES / f"{nom}.toml"):
        if path.is_file():
            return path
    raise ConfigurationError(
        f"Profil d'import « {nom} » introuvable (livrés : {', '.join(shipped_profiles())} ; "
        "les vôtres : profils/*.toml à côté de session.toml)."
    )


def _merge(base: dict[str, Any], ajout: dict[str, Any]) -> dict[str, Any]:
    fusion = dict(base)
    for key, valeur in ajout.items():
        ancien = fusion.get(key)
        if isinstance(ancien, dict) and isinstance(valeur, dict):
            fusion[key] = _merge(ancien, valeur)  # pyright: ignore[reportUnknownArgumentType]
        else:
            fusion[key] = valeur
    return fusion


def fill_constant(valeur: str, configuration: Configuration) -> str | None:
    """Replace the names of a profile's constant by the session's values.

    Returns None when the session has no single value for it (several spécialités).
    """
    session = configuration.session
    if "{specialite}" in valeur and len(session.specialites) != 1:
        return None
    return (
        valeur.replace("{annee}", str(session.annee))
        .replace("{specialite}", session.specialites[0])
        .replace("{academie_pilote}", session.academie_pilote)
    )
