"""What the index says of each report: its counts, and the words it is found by."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from perequation.edition.plan import Rapport
from perequation.socle.dossier import Dossier
from perequation.socle.entrepot import has_relation, open_read_only
from perequation.socle.formats import format_count

_TAGS = re.compile(r"<[^>]+>")
# What a report answers first, marked by `presentation.textes.counted`: the index says the same.
_COUNT = re.compile(r'<strong class="pq-compte">(.*?)</strong>', re.DOTALL)
# What a page draws or computes with isn't read; what is left between its tags is.
_UNREAD = re.compile(r"<(script|style|svg|template)\b.*?</\1>", re.DOTALL)
# A word, an épreuve's code, an establishment's, a candidate's number; figures are not searched for.
_WORD = re.compile(r"[^\W_]*[^\W\d_][^\W_]*|\d{6,}")

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


_COUNTED = ("resultat_candidat", "completude", "rattrapage", "non_appele")


@dataclass(frozen=True)
class Description:
    """Counts by report code and spécialité; an empty spécialité is the whole session."""

    comptes: dict[tuple[str, str], str]

    @classmethod
    def of(cls, dossier: Dossier, plan: Sequence[Rapport], *, interne: bool) -> Description:
        """Read what is published; counts stay inside the office."""
        if not (interne and any(rapport.specialite for rapport in plan)):
            return cls({})
        with open_read_only(dossier.entrepot) as con:
            whole = all(has_relation(con, f"marts.{name}") for name in ("reussite", *_COUNTED))
            return cls(_counts(con) if whole else {})

    def count(self, rapport: Rapport, sortie: Path) -> str:
        """Return what is left to do, or found, in a few words; nothing when there is none.

        Where the page counts it in its first sentence, in its own words.
        """
        if not self.comptes:
            return ""
        if said := _said_counts(sortie / rapport.fichier):
            return ", ".join(said)
        return self.comptes.get((rapport.notebook.stem, rapport.specialite or ""), "")


def words(page: Path) -> str:
    """Return the words a report is found by: those its page says, each once."""
    if not page.is_file():
        return ""
    text = html.unescape(_TAGS.sub(" ", _UNREAD.sub(" ", page.read_text("utf-8"))))
    return " ".join(dict.fromkeys(_WORD.findall(unicodedata.normalize("NFC", text))))


def _said_counts(page: Path) -> list[str]:
    """Return what a page counts first, in its words."""
    if not page.is_file():
        return []
    found = _COUNT.findall(page.read_text("utf-8"))
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
