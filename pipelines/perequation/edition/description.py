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
    select specialite, presents, admis, controle, appeles
    from marts.reussite where maille = 'total'
"""
_TO_VERIFY = (
    "select specialite, count(*) from marts.resultat_candidat where a_verifier group by all"
)
_GAPS = """
    select specialite, count(*) filter (where signal <> 'indisponible'),
           count(*) filter (where signal = 'signale' and not est_maintenu)
    from marts.ecart_en_vigueur group by all
"""
_MISSING = "select coalesce(sum(manquantes), 0)::bigint from marts.completude"


_COUNTED = ("resultat_candidat", "ecart_en_vigueur", "completude")


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

    def count(self, rapport: Rapport) -> str:
        """Return what is left to do, or found, in a few words; nothing when there is none."""
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
    if not path.is_file():
        return ""
    found = _TITLES.findall(path.read_text("utf-8"))
    words = (html.unescape(_TAGS.sub(" ", text)) for _, text in found)
    return " ".join(dict.fromkeys(" ".join(words).split()))


def _counts(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    (missing,) = con.execute(_MISSING).fetchall()[0]
    counts = {("10_qualite", ""): format_count(missing, "note manque", "notes manquent")}
    to_verify = dict(con.execute(_TO_VERIFY).fetchall())
    for specialite, presents, admis, waiting, called in con.execute(_TOTALS).fetchall():
        counts["20_resultats", specialite] = (
            f"{format_count(admis, 'admis', 'admis')} sur {format_count(presents, 'présent')}"
        )
        expected = format_count(
            waiting, "décision attendue après contrôle", "décisions attendues après contrôle"
        )
        doubts = format_count(
            to_verify.get(specialite, 0), "résultat à vérifier", "résultats à vérifier"
        )
        counts[_NOMINATIF, specialite] = f"{expected}, {doubts}"
        appeles = format_count(called, "appelé", "appelés")
        counts["50_rattrapage", specialite] = f"{appeles} au contrôle"
    for specialite, judged, left in con.execute(_GAPS).fetchall():
        said = format_count(left, "écart reste", "écarts restent")
        counts["30_harmonisation", specialite] = said if judged else "aucun écart ne peut être jugé"
    return counts
