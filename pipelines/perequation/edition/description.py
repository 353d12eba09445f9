"""What the index says of each report: its counts, and the words it is found by."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from perequation.edition.plan import Rapport
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import list_tables, open_read_only
from perequation.socle.formats import format_count

# Headings and captions of a page: what its report speaks of.
_TITLES = re.compile(r"<(h[1-4]|caption)\b[^>]*>(.*?)</\1>", re.DOTALL)
_TAGS = re.compile(r"<[^>]+>")
# What a report answers first, marked by `presentation.textes.counted`: the index says the same.
_COUNT = re.compile(r'<strong class="pq-compte">(.*?)</strong>', re.DOTALL)
# The report where a candidate is looked for by number; beyond so many, the page would be heavy.
_NOMINATIF = "40_jury"
_MOST_NUMBERS = 20_000

_PLACES = """
    with lieux as (
        select distinct specialite, modalite || ' ' || libelle as lieu
        from marts.reussite where maille in ('etablissement', 'centre_ecrit', 'academie')
    )
    select specialite, string_agg(lieu, ' ' order by lieu) from lieux group by all
"""
_EPREUVES = """
    select specialite, string_agg(epreuve || ' ' || titre, ' ' order by rang)
    from reference.epreuve group by all
"""
_NUMBERS = """
    select specialite, string_agg(numero_candidat, ' ' order by numero_candidat)
    from marts.resultat_candidat group by all having count(*) <= ?
"""
_TOTALS = """
    select
        specialite, presents, admis, appeles, coalesce(peuvent_etre_appeles, 0) > 0,
        admis + controle + refuses + elimines > 0
    from marts.reussite
    left join (
        select specialite, count(*) as peuvent_etre_appeles
        from marts.resultat_candidat where peut_etre_appele group by all
    ) using (specialite)
    where maille = 'total'
"""
_MISSING = "select coalesce(sum(manquantes), 0)::bigint from marts.completude"


_COUNTED = ("resultat_candidat", "completude")


@dataclass(frozen=True)
class Description:
    """Counts by report code and spécialité (empty: the whole session), and words by spécialité."""

    comptes: dict[tuple[str, str], str]
    mots: dict[str, str]
    numeros: dict[str, str]

    @classmethod
    def of(cls, dossier: Dossier, plan: Sequence[Rapport], *, interne: bool) -> Description:
        """Read what is published; counts and numbers stay inside the office."""
        if not any(rapport.specialite for rapport in plan):
            return cls({}, {}, {})
        mots = keywords(dossier.entrepot)
        with open_read_only(dossier.entrepot) as con:
            known = set(list_tables(con, "marts"))
            whole = interne and {"reussite", *_COUNTED} <= known
            if not whole:
                return cls({}, mots, {})
            return cls(_counts(con), mots, _texts(con, _NUMBERS, _MOST_NUMBERS))

    def count(self, rapport: Rapport, sortie: Path) -> str:
        """Return what is left to do, or found, in a few words; nothing when there is none.

        Where the page counts it in its first sentence, in its own words.
        """
        if not self.comptes:
            return ""
        if said := _marked(sortie / rapport.fichier, _COUNT):
            return ", ".join(said)
        return self.comptes.get((rapport.notebook.stem, rapport.specialite or ""), "")

    def words(self, rapport: Rapport, sortie: Path) -> str:
        """Return the words a report is found by, besides those the index shows."""
        specialite = rapport.specialite or ""
        nominatif = rapport.notebook.stem == _NOMINATIF
        parts = (
            self.mots.get(specialite, ""),
            self.numeros.get(specialite, "") if nominatif else "",
            _titles(sortie / rapport.fichier),
        )
        return " ".join(filter(None, parts))


def keywords(entrepot: Path) -> dict[str, str]:
    """Return, per spécialité, the establishments, centres and épreuves its reports speak of."""
    with open_read_only(entrepot) as con:
        if "reussite" not in list_tables(con, "marts"):
            return {}
        mots = _texts(con, _PLACES)
        if "epreuve" in list_tables(con, "reference"):
            for specialite, texte in _texts(con, _EPREUVES).items():
                mots[specialite] = f"{mots.get(specialite, '')} {texte}"
    return mots


def _texts(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> dict[str, str]:
    return {name: text or "" for name, text in con.execute(query, values).fetchall()}


def _titles(path: Path) -> str:
    return " ".join(dict.fromkeys(" ".join(_marked(path, _TITLES)).split()))


def _marked(path: Path, pattern: re.Pattern[str]) -> list[str]:
    """Return the texts of a page that a pattern ends with."""
    if not path.is_file():
        return []
    found = (match[match.re.groups] for match in pattern.finditer(path.read_text("utf-8")))
    return [" ".join(html.unescape(_TAGS.sub(" ", text)).split()) for text in found]


def _counts(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    (missing,) = con.execute(_MISSING).fetchall()[0]
    counts = {
        ("10_qualite", ""): format_count(missing, "note manque", "notes manquent")
        if missing
        else "aucune note ne manque"
    }
    for specialite, presents, admis, called, awaited, decided in con.execute(_TOTALS).fetchall():
        counts["20_resultats", specialite] = (
            f"{format_count(admis, 'admis', 'admis')} sur {format_count(presents, 'présent')}"
            if decided
            else "aucun résultat encore"
        )
        appeles = format_count(called, "appelé", "appelés")
        counts["50_rattrapage", specialite] = (
            f"{appeles} au contrôle"
            if called or not awaited
            else "personne ne peut encore être appelé"
        )
    return counts
