"""What the quality report answers first: is the session ready, what is missing and from whom."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from perequation.presentation.entete import Warned
from perequation.presentation.textes import Fragment, box, bullets, fill, key_figures, paragraph
from perequation.socle import formats


@dataclass(frozen=True)
class Etat:
    """The frames the first screen is written from.

    `completude` and `etablissements` come from `edition.comptes.sum_completude`: the whole, and by
    establishment; the others are tables of `marts` (`ccf`: `suivi_ccf`).
    """

    bilan: pl.DataFrame
    controles: pl.DataFrame
    rapprochement: pl.DataFrame
    completude: pl.DataFrame
    etablissements: pl.DataFrame
    ccf: pl.DataFrame

    @property
    def bloquants(self) -> pl.DataFrame:
        """The blocking controls that fail."""
        return self._failing("critique")

    @property
    def avertissements(self) -> pl.DataFrame:
        """The other controls that fail, information apart."""
        return self._failing("avertissement")

    @property
    def informations(self) -> pl.DataFrame:
        """What is worth knowing and asks for nothing."""
        return self._failing("info")

    @property
    def ecarts_circulaire(self) -> pl.DataFrame:
        """The counts that are not the circular's."""
        if "ecart" not in self.rapprochement.columns:
            return self.rapprochement.clear()
        different = (pl.col("ecart") != 0) | pl.col("ecart").is_null()
        return self.rapprochement.filter(different)

    @property
    def ccf_a_suivre(self) -> pl.DataFrame:
        """The establishments whose CCF marks are missing, incomplete, late or altered."""
        return self.ccf.filter(
            (pl.col("reception") != "complet")
            | pl.col("est_hors_delai").fill_null(value=False)
            | ~pl.col("est_conforme").fill_null(value=True)
        )

    @property
    def remplacees(self) -> int:
        """Rows rejected because a later template replaces theirs: nothing is wrong with them."""
        return int(self.bilan.filter(pl.col("remplace_par").is_not_null())["lignes_rejetees"].sum())

    @property
    def nb_manquantes(self) -> int:
        """Compulsory marks awaited and not there."""
        return 0 if self.completude.is_empty() else int(self.completude["manquantes"][0])

    def _failing(self, gravite: str) -> pl.DataFrame:
        if self.controles.is_empty():
            return self.controles.clear()
        return self.controles.filter(pl.col("gravite") == gravite, ~pl.col("reussi"))


def verdict(etat: Etat, reserves: Warned) -> Fragment:
    """Answer «is the session ready?» in a box, with what is missing and from whom.

    It never is while the coefficients of a règlement are not confirmed, or the law holds back.
    """
    reasons = list(_reasons(etat, reserves))
    if etat.bilan.is_empty():
        return box("avertissement", paragraph("Aucun fichier n’a été lu : rien à vérifier."))
    if not reasons:
        return box("accord", paragraph("<strong>La session est prête.</strong> {x}", x=_COMPLETE))
    if not etat.bloquants.is_empty():
        answer = "La session n’est pas publiable : une vérification bloquante échoue."
    elif etat.nb_manquantes or etat.ccf_a_suivre.height:
        answer = "La session n’est pas complète. Les résultats sont publiés avec ces réserves."
    else:
        answer = "Aucune note ne manque. Les résultats sont publiés avec ces réserves."
    return box("avertissement", paragraph("<strong>{x}</strong>", x=answer), bullets(reasons))


_COMPLETE = (
    "Toutes les notes obligatoires attendues sont reçues, aucune ligne n’est rejetée, les "
    "effectifs sont ceux de la circulaire et aucune vérification n’échoue."
)


def headline(etat: Etat, rejets: int) -> Fragment:
    """Return the four counts that say how far the session is."""
    integer = formats.format_integer
    lues = int(etat.bilan["lignes_lues"].sum()) if not etat.bilan.is_empty() else 0
    figures = [
        (integer(etat.bilan.height), "Fichiers lus", f"{integer(lues)} lignes ou cellules"),
        (integer(rejets), "Lignes rejetées", f"sur {integer(lues)} lues{_replaced(etat)}"),
    ]
    if not etat.completude.is_empty():
        total = etat.completude.row(0, named=True)
        expected = f"sur {integer(total['attendues'])} attendues"
        figures.append((integer(total["manquantes"]), "Notes manquantes", expected))
    if not etat.ccf.is_empty():
        incomplete = etat.ccf.filter(pl.col("reception") != "complet").height
        senders = formats.format_count(etat.ccf.height, "attendu")
        figures.append((integer(incomplete), "Envois de CCF à réclamer", f"sur {senders}"))
    failing = etat.bloquants.height + etat.avertissements.height
    infos = etat.informations.height
    checks = f"sur {integer(etat.controles.height)}"
    checks += f" ; {integer(infos)} pour information" if infos else ""
    figures.append((integer(failing), "Vérifications en échec", checks))
    return key_figures(figures)


def _replaced(etat: Etat) -> str:
    n = etat.remplacees
    return f" ; {formats.format_count(n, 'remplacée')} depuis" if n else ""


def _of_the_law(reserves: Warned) -> Iterator[Fragment]:
    if reserves.reglement_confirme and not reserves.reserves_reglement:
        return
    head = "Règlement confirmé, avec une réserve."
    yield fill(
        "<strong>{head}</strong> {x}",
        head=head if reserves.reglement_confirme else "Coefficients non confirmés.",
        x=" ".join(reserves.reserves_reglement),
    )


def _reasons(etat: Etat, reserves: Warned) -> Iterator[Fragment]:
    count, rejets = formats.format_count, reserves.rejets
    yield from _of_the_law(reserves)
    for name in etat.bloquants["libelle"] if etat.bloquants.height else ():
        yield fill("<strong>Bloquant.</strong> {x}", x=name)
    if rejets > etat.remplacees:
        others = etat.remplacees
        yield fill(
            "<strong>{n}</strong> : elles ne comptent dans aucun résultat{x}.",
            n=count(rejets - others, "ligne rejetée", "lignes rejetées"),
            x=f" ; {formats.format_integer(others)} autres, remplacées par un envoi plus récent"
            if others
            else "",
        )
    if etat.nb_manquantes:
        yield _missing(etat)
    if etat.ccf_a_suivre.height:
        yield _ccf(etat)
    if etat.ecarts_circulaire.height:
        yield fill(
            "<strong>{n}</strong> : {x}.",
            n=count(
                etat.ecarts_circulaire.height,
                "effectif diffère de la circulaire",
                "effectifs diffèrent de la circulaire",
            ),
            x=formats.join_words(etat.ecarts_circulaire["libelle"], 3),
        )
    if etat.avertissements.height:
        rows = int(etat.avertissements["nb_anomalies"].sum())
        yield fill(
            "<strong>{n}</strong> : {rows}.",
            n=count(etat.avertissements.height, "vérification en échec", "vérifications en échec"),
            rows=count(rows, "anomalie"),
        )


def _missing(etat: Etat) -> Fragment:
    total = etat.completude.row(0, named=True)
    late = etat.etablissements.filter(pl.col("manquantes") > 0)
    first = late.sort("manquantes", "etablissement", descending=[True, False]).head(3)
    return fill(
        "<strong>{n}</strong> sur {total} attendues, dans {where} ; d’abord {first}.",
        n=formats.format_count(
            total["manquantes"], "note obligatoire manque", "notes obligatoires manquent"
        ),
        total=formats.format_integer(total["attendues"]),
        where=formats.format_count(late.height, "établissement"),
        first=formats.join_words(
            f"{name} ({n})" for name, n in first.select("etablissement", "manquantes").iter_rows()
        ),
    )


def _ccf(etat: Etat) -> Fragment:
    """Say who is to be asked for CCF marks, and whose template is to be looked at."""
    late = pl.col("est_hors_delai").fill_null(value=False)
    altered = ~pl.col("est_conforme").fill_null(value=True)
    whose = {
        "rien reçu de": pl.col("reception") == "rien",
        "incomplet pour": pl.col("reception") == "incomplet",
        "hors délai pour": late,
        "identités modifiées par": altered,
    }
    parts = [
        f"{words} {formats.join_words(names, 3)}"
        for words, rows in whose.items()
        if (names := sorted(etat.ccf.filter(rows)["etablissement"]))
    ]
    return fill("<strong>Notes de CCF</strong> : {x}.", x=" ; ".join(parts))
