"""`session.toml` as a form: its fields are those of the model, its faults those of its checks."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from perequation.bureau.labels import LIBELLES, SECTIONS
from perequation.bureau.toml_lines import Key, Rows, change
from perequation.socle.academies import ACADEMIES
from perequation.socle.configuration import Configuration, EffectifAttendu, ReferenceNationale
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.fautes import describe_faults
from perequation.socle.fichiers import write_whole
from perequation.socle.reglement import available_reglements

EFFECTIFS: Key = ("effectif_attendu",)
REFERENCES: Key = ("reference_nationale",)
# The arrays of tables, one line of text a row.
_TABLES = {
    "effectif_attendu": tuple(EffectifAttendu.model_fields),
    "reference_nationale": tuple(ReferenceNationale.model_fields),
}
_NUMBERS = {"taux_reussite", "moyenne_generale"}
_UAI = re.compile(r"\d{7}[A-Za-z]")
_MAILLES = ("total", "academie", "etablissement", "centre_ecrit")
_NAMED = {"etablissement": "établissements sans code", "centre_ecrit": "centres d’écrit"}
_LINE = re.compile(r"^(?P<qui>.*?)[\s;,:\t]*(?P<n>\d[\d   ]*)\s*(?:candidats?|inscrits?)?\s*$")


@dataclass(frozen=True)
class Field:
    """A setting of the form.

    Attributes
    ----------
    cle
        Its full key, ``section.cle``.
    libelle, aide
        What it is called, and a hint.
    genre
        ``texte``, ``nombre``, ``date``, ``oui_non``, ``choix``, ``cases``, ``lignes``, ``table``.
    choix
        Values to choose from.
    valeur
        Its value as the form shows it.
    faute
        What is wrong with it.
    """

    cle: str
    libelle: str
    aide: str
    genre: str
    choix: tuple[str, ...] = ()
    valeur: Any = ""
    faute: str = ""


def read_fields(
    text: str, typed: FormData | None, faults: Mapping[str, str]
) -> dict[str, list[Field]]:
    """Return the fields of each section: what is in the file, or what was typed.

    Parameters
    ----------
    text
        The file, valid TOML.
    typed
        What a form sent back, when it was refused.
    faults
        What is wrong, by key (see `split_faults`).
    """
    read = tomllib.loads(text, parse_float=Decimal)
    sections: dict[str, list[Field]] = {}
    for section, nom, annotation, default in _settings():
        cle = f"{section}.{nom}"
        there = read.get(section)
        value = there.get(nom, default) if isinstance(there, dict) else default
        genre, choices = _kind(cle, annotation)
        shown = _typed(typed, cle, genre) if typed is not None else _shown(value, genre)
        libelle, aide = LIBELLES.get(cle, (cle, ""))
        sections.setdefault(SECTIONS[section], []).append(
            Field(cle, libelle, aide, genre, choices, shown, faults.get(cle, ""))
        )
    for cle, columns in _TABLES.items():
        typed_text = typed.get(cle, "") if typed is not None else _as_text(read.get(cle), columns)
        libelle, aide = LIBELLES[cle]
        field = Field(cle, libelle, aide, "lignes", (), typed_text, faults.get(cle, ""))
        sections[SECTIONS[cle]] = [field]
    return {title: sections[title] for title in SECTIONS.values()}


def read_form(form: FormData) -> dict[Key, Any]:
    """Return the values of a form, by full key; None where the field was left empty.

    A value that can't be read as its kind is kept as typed: the checks of the file refuse it.
    """
    values: dict[Key, Any] = {}
    for section, nom, annotation, default in _settings():
        cle = f"{section}.{nom}"
        genre, _ = _kind(cle, annotation)
        if genre == "table":
            continue
        value = _value(_typed(form, cle, genre), genre, annotation)
        is_default = value == _plain_default(default)
        values[section, nom] = None if value in ("", ()) and default in (None, "", ()) else value
        if is_default and value not in ("", ()):
            values[section, nom] = _Unless(value)
    values[EFFECTIFS] = Rows(read_expected(str(form.get("effectif_attendu", ""))))
    values[REFERENCES] = Rows(tuple(_read_references(str(form.get("reference_nationale", "")))))
    return values


_ABSENT = object()


@dataclass(frozen=True)
class _Unless:
    """A value that is the default: written only over another one."""

    value: Any


def save_settings(path: Path, values: Mapping[Key, Any]) -> None:
    """Change values of a `session.toml`, once the whole is right.

    Raises
    ------
    ConfigurationError
        With one line per fault, each naming its key; nothing is written.
    """
    text = path.read_text(encoding="utf-8-sig")
    read = tomllib.loads(text, parse_float=Decimal)
    wanted: dict[Key, Any] = {}
    for key, value in values.items():
        there = read.get(key[0], {}).get(key[-1], _ABSENT) if len(key) > 1 else _ABSENT
        is_default = isinstance(value, _Unless)
        if (is_default and there is _ABSENT) or (value is None and there in ("", [])):
            continue  # left as it is written: nothing, or something that says nothing
        wanted[key] = value.value if isinstance(value, _Unless) else value
    changed = change(text, wanted)
    check_text(changed)
    _write(path, changed)


def check_text(text: str) -> None:
    """Stop when a text is not a right `session.toml`.

    Raises
    ------
    ConfigurationError
        With one line per fault, each naming its key.
    """
    try:
        read = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"Ce texte n’est pas un fichier TOML valide : {error}.") from error
    try:
        settings = Configuration.model_validate(read)
    except ValidationError as error:
        raise ConfigurationError("Rien n’est enregistré.", describe_faults(error)) from error
    outside = [
        glob
        for glob in settings.donnees.sessions_precedentes
        if Path(glob).is_absolute()
        or Path(glob).parts[:2] == ("..", "..")
        or ".." in Path(glob).parts[1:]
    ]
    if outside:
        raise ConfigurationError(
            "Rien n’est enregistré.",
            [
                f"donnees.sessions_precedentes : « {g} » sort du dossier des sessions"
                for g in outside
            ],
        )


def save_text(path: Path, text: str) -> None:
    """Write a whole `session.toml`, once it is right."""
    text = text.replace("\r\n", "\n")
    check_text(text)
    _write(path, text)


def _write(path: Path, text: str) -> None:
    mode = path.stat().st_mode
    write_whole(path, text)
    # The office reads it too: it keeps the permissions it had.
    path.chmod(mode)


def split_faults(details: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the faults of keys that have a field, by key, and the others as they are told."""
    known = {*(f"{s}.{n}" for s, n, _, _ in _settings()), *_TABLES}
    beside: dict[str, str] = {}
    others: list[str] = []
    for detail in details:
        key, _, words = detail.partition(" : ")
        base = re.split(r"\[", key)[0]
        base = base if base in known else ".".join(base.split(".")[:2])
        if base in SECTIONS and base not in known:
            # Said of a section, it names the setting first.
            base = f"{base}.{words.split(' ', 1)[0]}"
        if base in known:
            beside[base] = " ; ".join(filter(None, (beside.get(base), words)))
        else:
            others.append(detail)
    return beside, others


def read_expected(text: str) -> tuple[dict[str, Any], ...]:
    """Return the lines of the circular pasted in a field: who, then how many.

    Raises
    ------
    ConfigurationError
        With each line that doesn't end with a number.
    """
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    read = [(number, line, _LINE.match(line)) for number, line in lines]
    faults = [
        f"effectif_attendu : ligne {number}, « {line[:60]} » ne finit pas par un nombre"
        for number, line, found in read
        if found is None
    ]
    if faults:
        raise ConfigurationError("Rien n’est enregistré.", faults)
    rows = [
        _expected(found["qui"].strip(" ;,:\t"), int(re.sub(r"\D", "", found["n"])))
        for _, _, found in read
        if found is not None
    ]
    coded = [place for place, row in enumerate(rows) if row["maille"] == "etablissement"]
    return tuple(
        row | {"maille": row["maille"] or _named_only(place, coded)}
        for place, row in enumerate(rows)
    )


def _named_only(place: int, coded: Sequence[int]) -> str:
    """Return what a line without a code is about: an establishment amid those that have one."""
    is_amid = bool(coded) and coded[0] < place < coded[-1]
    return "etablissement" if is_amid else "centre_ecrit"


def tell_expected(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield how the lines without a code were read, and what to write when that is wrong."""
    named = [row for row in rows if row["maille"] in _NAMED and not _UAI.fullmatch(row["code"])]
    for maille, words in _NAMED.items():
        codes = [f"« {row['code']} »" for row in named if row["maille"] == maille]
        if codes:
            yield f"Effectifs de la circulaire, lus comme {words} : {', '.join(codes)}."
    if named:
        yield (
            "Si c’est faux, corrigez-les dans les réglages : « etablissement ; nom ; 12 » ou "
            "« centre_ecrit ; nom ; 12 »."
        )


def _expected(qui: str, inscrits: int) -> dict[str, Any]:
    first, _, rest = qui.partition(";")
    if first.strip() in _MAILLES:
        maille, code = first.strip(), rest.strip()
    elif found := _UAI.search(qui):
        maille, code = "etablissement", found[0].upper()
    elif qui.upper().startswith("TOTAL") or not qui:
        maille, code = "total", "TOTAL"
    elif qui.upper() in ACADEMIES:
        maille, code = "academie", qui.upper()
    else:
        maille, code = "", qui  # what it is about, the lines around say
    return {"maille": maille, "code": code, "inscrits": inscrits}


def _read_references(text: str) -> Iterator[dict[str, Any]]:
    """Yield the national references, one a line, as `_as_text` writes them."""
    for line in filter(str.strip, text.splitlines()):
        parts = [part.strip() for part in line.split(";")]
        named = dict(zip(_TABLES["reference_nationale"], parts, strict=False))
        yield {
            nom: _number(part) if nom in _NUMBERS else part for nom, part in named.items() if part
        }


def _as_text(rows: Any, columns: tuple[str, ...]) -> str:
    """Write the rows of an array of tables, one a line."""
    lines = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return "\n".join(
        " ; ".join(
            str(row.get(nom, "")).replace(".", ",") if nom in _NUMBERS else str(row.get(nom, ""))
            for nom in columns
        )
        for row in lines
    )


def _settings() -> Iterator[tuple[str, str, Any, Any]]:
    """Yield every setting of the model: section, name, type, default."""
    for section, field in Configuration.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            for nom, inner in model.model_fields.items():
                yield section, nom, inner.annotation, inner.default


def _kind(cle: str, annotation: Any) -> tuple[str, tuple[str, ...]]:
    """Return how a setting is asked for, and what it is chosen from."""
    if cle in _FROM_LISTS:
        genre, choices = _FROM_LISTS[cle]
        return genre, choices()
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        listed = get_args(inner[0]) if get_origin(inner[0]) is Literal else ()
        return ("cases", listed) if listed else ("lignes", ())
    if origin is Literal:
        return "choix", inner
    if date in _all_types(annotation):
        return "date", ()
    return _GENRES.get(origin or annotation, "nombre"), ()


def _all_types(annotation: Any) -> Iterator[Any]:
    """Yield a type and those it is made of."""
    yield annotation
    for inner in get_args(annotation):
        yield from _all_types(inner)


_GENRES: dict[Any, str] = {bool: "oui_non", dict: "table", str: "texte"}
_FROM_LISTS: dict[str, tuple[str, Callable[[], tuple[str, ...]]]] = {
    "session.academie_pilote": ("choix", lambda: ACADEMIES),
    "session.specialites": (
        "cases",
        lambda: tuple(sorted({r.specialite for r in available_reglements()})),
    ),
}


def _shown(value: Any, genre: str) -> Any:
    if genre == "cases":
        return tuple(str(v) for v in value) if isinstance(value, list | tuple) else ()
    if genre == "lignes":
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if genre == "table":
        return value if isinstance(value, dict) else {}
    if genre == "oui_non":
        return bool(value)
    if value is None or not isinstance(value, str | int | float | Decimal | date):
        return ""
    return str(value).replace(".", ",") if genre == "nombre" else str(value)


def _typed(form: FormData, cle: str, genre: str) -> Any:
    if genre == "cases":
        return tuple(str(value) for value in form.getlist(cle))
    if genre == "table":
        return {}
    if genre == "oui_non":
        return form.get(cle) == "oui"
    return str(form.get(cle, "")).strip()


def _value(shown: Any, genre: str, annotation: Any) -> Any:
    """Return what the file would hold for what was typed."""
    if genre == "lignes":
        return tuple(line.strip() for line in shown.splitlines() if line.strip())
    if genre == "nombre" and shown:
        return _number(shown)
    if genre == "date" and shown:
        try:
            return date.fromisoformat(shown)
        except ValueError:
            return shown
    del annotation
    return shown


def _number(shown: str) -> Any:
    plain = shown.replace(",", ".").replace(" ", "").replace(" ", "")
    try:
        return int(plain) if re.fullmatch(r"-?\d+", plain) else Decimal(plain)
    except InvalidOperation:
        return shown


def _plain_default(default: Any) -> Any:
    return Decimal(str(default)) if isinstance(default, float) else default
