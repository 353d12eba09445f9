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
# Beyond so many candidates, the page they are looked for in would be heavy.
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
# The reports where a candidate is looked for, and the candidates each lists.
_CANDIDATES = {
    "40_jury": "from marts.resultat_candidat",
    "50_rattrapage": """
        select numero_candidat, specialite from marts.rattrapage
        union all by name
        select numero_candidat, specialite from marts.non_appele
    """,
}
_NAMES = """
    select
        specialite,
        string_agg(concat_ws(' ', numero_candidat, nom, prenom), ' ' order by numero_candidat)
    from ({}) semi join (
        select specialite from marts.resultat_candidat group by all having count(*) <= ?
    ) using (specialite)
    join staging.candidat using (numero_candidat, specialite)
    group by all
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


_COUNTED = ("resultat_candidat", "completude", "rattrapage", "non_appele")


@dataclass(frozen=True)
class Description:
    """Counts and candidates by report code and spécialité, words by spécialité.

    An empty spécialité is the whole session.
    """

    comptes: dict[tuple[str, str], str]
    mots: dict[str, str]
    candidats: dict[tuple[str, str], str]

    @classmethod
    def of(cls, dossier: Dossier, plan: Sequence[Rapport], *, interne: bool) -> Description:
        """Read what is published; counts, numbers and names stay inside the office."""
        if not any(rapport.specialite for rapport in plan):
            return cls({}, {}, {})
        words = keywords(dossier.entrepot)
        with open_read_only(dossier.entrepot) as con:
            known = set(list_tables(con, "marts"))
            whole = interne and {"reussite", *_COUNTED} <= known
            if not whole:
                return cls({}, words, {})
            return cls(_counts(con), words, _candidates(con))

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
        parts = (
            self.mots.get(specialite, ""),
            self.candidats.get((rapport.notebook.stem, specialite), ""),
            _titles(sortie / rapport.fichier),
        )
        return " ".join(filter(None, parts))


def keywords(entrepot: Path) -> dict[str, str]:
    """Return, per spécialité, the establishments, centres and épreuves its reports speak of."""
    with open_read_only(entrepot) as con:
        if "reussite" not in list_tables(con, "marts"):
            return {}
        words = _texts(con, _PLACES)
        if "epreuve" in list_tables(con, "reference"):
            for specialite, texte in _texts(con, _EPREUVES).items():
                words[specialite] = f"{words.get(specialite, '')} {texte}"
    return words


def _texts(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> dict[str, str]:
    return {name: text or "" for name, text in con.execute(query, values).fetchall()}


def _candidates(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    return {
        (report, specialite): text
        for report, listed in _CANDIDATES.items()
        for specialite, text in _texts(con, _NAMES.format(listed), _MOST_NUMBERS).items()
    }


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
