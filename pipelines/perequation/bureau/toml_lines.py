"""Change values of a TOML file line by line: comments, order and what isn't touched stay."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from perequation.socle.erreurs import ConfigurationError

_HEADER = re.compile(r"^\s*\[(?!\[)\s*([\w.\"' -]+?)\s*\]\s*(#.*)?$")
_TABLES = re.compile(r"^\s*\[\[\s*([\w.-]+)\s*\]\]\s*(#.*)?$")

Key = tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """A header or an assignment of a TOML file.

    Attributes
    ----------
    debut, fin
        Its lines, the second excluded.
    section
        The section it is in, or opens.
    chemin
        The full key assigned; empty for a header.
    is_array
        Whether it opens an element of an array of tables, or is in one.
    """

    debut: int
    fin: int
    section: Key
    chemin: Key = ()
    is_array: bool = False


@dataclass(frozen=True)
class Rows:
    """All the elements of an array of tables."""

    rows: tuple[Mapping[str, Any], ...]


def change(text: str, values: Mapping[Key, Any]) -> str:
    """Return a TOML text with some values changed; None takes a key away.

    Parameters
    ----------
    text
        A valid TOML text.
    values
        By full key; `Rows` replaces a whole array of tables.

    Raises
    ------
    ConfigurationError
        The file is written in a way that can't be changed line by line.
    """
    text = text.replace("\r\n", "\n")
    expected = tomllib.loads(text, parse_float=Decimal)
    lines = text.split("\n")
    for key, value in values.items():
        plain = _plain(value)
        if _get(expected, key) == plain:
            continue
        _put(expected, key, plain)
        change_it = _change_tables if isinstance(value, Rows) else _one
        lines = change_it(lines, key, value)
    changed = "\n".join(lines)
    try:
        read = tomllib.loads(changed, parse_float=Decimal)
    except tomllib.TOMLDecodeError:
        read = None
    if read is None or _without_empty(read) != _without_empty(expected):
        raise ConfigurationError(
            "session.toml est écrit d’une façon que ce formulaire ne sait pas modifier sans risque "
            "(clés pointées ou tables sur une ligne) : modifiez-le à la main."
        )
    return changed


def write_value(value: Any) -> str:
    """Write a value as TOML; JSON's strings are TOML's."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal | date):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"[{', '.join(write_value(item) for item in value)}]"


def statements(lines: Sequence[str]) -> Iterator[Statement]:
    """Yield the headers and assignments of a TOML file, in order.

    Only the parser knows where a value ends: lines are added until they are read.
    """
    section: Key = ()
    is_array, number = False, 0
    while number < len(lines):
        line, start = lines[number], number
        number += 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if found := _TABLES.match(line) or _HEADER.match(line):
            is_array = bool(_TABLES.match(line))
            section = _path(tomllib.loads(f"[{found[1]}]"))
            yield Statement(start, number, section, is_array=is_array)
            continue
        while (read := _read("\n".join(lines[start:number]))) is None and number < len(lines):
            number += 1
        if read:
            yield Statement(start, number, section, (*section, *_path(read)), is_array)


def _read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _path(read: Any) -> Key:
    """Return the only path of what one statement reads as."""
    path: list[str] = []
    while isinstance(read, dict) and len(read) == 1:
        [(name, read)] = read.items()
        path.append(name)
    return tuple(path)


def _one(lines: list[str], key: Key, value: Any) -> list[str]:
    """Change, add or take away one assignment."""
    found = [s for s in statements(lines) if not s.is_array]
    there = next((s for s in found if s.chemin == key), None)
    if there is not None:
        new = [] if value is None else [_rewrite(lines[there.debut : there.fin], key[-1], value)]
        return [*lines[: there.debut], *new, *lines[there.fin :]]
    if value is None:
        return lines
    written = f"{_bare(key[-1])} = {write_value(value)}"
    inside = [s for s in found if s.section == key[:-1]]
    if inside:
        end = inside[-1].fin
        return [*lines[:end], written, *lines[end:]]
    head = "[" + ".".join(_bare(part) for part in key[:-1]) + "]"
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return [*lines, "", head, written, ""]


def _rewrite(old: list[str], name: str, value: Any) -> str:
    """Write an assignment again on one line, with the comment that ended it."""
    written = f"{_bare(name)} = {write_value(value)}"
    last = old[-1]
    if len(old) > 1 or "#" not in last:
        return written
    for place in (i for i, c in enumerate(last) if c == "#"):
        if _read(last[:place]):
            column = len(last[:place])
            return f"{written.ljust(column - 1)} {last[place:]}"
    return written


def _change_tables(lines: list[str], key: Key, value: Rows) -> list[str]:
    """Replace the elements of an array of tables, where the first one was."""
    found = list(statements(lines))
    ours = [s for s in found if s.is_array and s.section == key]
    blocks = [
        line
        for row in value.rows
        for line in (
            f"[[{'.'.join(key)}]]",
            *(f"{_bare(k)} = {write_value(v)}" for k, v in row.items()),
            "",
        )
    ]
    if not ours:
        while lines and not lines[-1].strip():
            lines = lines[:-1]
        return [*lines, "", *blocks]
    taken = {n for s in ours for n in range(s.debut, s.fin)}
    first = min(taken)
    # Blank lines between the elements go with them.
    last = max(taken)
    taken |= {n for n in range(first, min(last + 2, len(lines))) if not lines[n].strip()}
    kept = [(n, line) for n, line in enumerate(lines) if n not in taken]
    before = [line for n, line in kept if n < first]
    return [*before, *blocks, *(line for n, line in kept if n > first)]


def _bare(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _get(read: dict[str, Any], key: Key) -> Any:
    value: Any = read
    for part in key:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _put(read: dict[str, Any], key: Key, value: Any) -> None:
    for part in key[:-1]:
        read = read.setdefault(part, {})
    if value is None:
        read.pop(key[-1], None)
    else:
        read[key[-1]] = value


def _plain(value: Any) -> Any:
    """Return a value as the parser would read it."""
    if isinstance(value, Rows):
        return [dict(row) for row in value.rows]
    return list(value) if isinstance(value, tuple) else value


def _without_empty(read: Any) -> Any:
    """Leave out sections that hold nothing: an empty one is as good as none."""
    if not isinstance(read, dict):
        return read
    kept = {k: _without_empty(v) for k, v in read.items()}
    return {k: v for k, v in kept.items() if v not in ({}, [])}
