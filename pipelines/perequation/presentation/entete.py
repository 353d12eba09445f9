"""The top of every report: what must be known before reading a figure."""

from collections.abc import Iterator
from typing import Protocol

from perequation.presentation.textes import Fragment, bullets, escape, fill
from perequation.socle.formats import format_count, format_integer, hold_spaces


class Warned(Protocol):
    """What `opening` needs to know (see `edition.lecture.Reserves`)."""

    @property
    def rejets(self) -> int:
        """Rejected rows."""
        ...

    @property
    def fichiers_rejetes(self) -> int:
        """Files that have some."""
        ...

    @property
    def provisoires(self) -> int:
        """Candidates whose result rests on marks that are not definitive."""
        ...

    @property
    def a_verifier(self) -> int:
        """Results to verify."""
        ...

    @property
    def causes(self) -> tuple[tuple[str, int], ...]:
        """Kinds of what is to verify, with how many results each concerns."""
        ...

    @property
    def reglement_confirme(self) -> bool:
        """Whether the règlement's coefficients are confirmed."""
        ...

    @property
    def reserves_reglement(self) -> tuple[str, ...]:
        """What the règlement itself holds back."""
        ...


def warnings(reserves: Warned) -> Fragment:
    """Return what weakens the report on one line that opens: rejects, provisional marks, règlement.

    The line says each of them with its count; the sentences below say what it changes.
    """
    items = list(_reserves(reserves))
    if not items:
        said = "Aucune ligne rejetée, aucune note provisoire, règlement confirmé."
        return Fragment(f'<p class="pq-reserves">{escape(hold_spaces(said))}</p>')
    words = " ; ".join(short for short, _ in items)
    body = bullets(sentence for _, sentence in items)
    return Fragment(
        '<details class="pq-pli pq-reserves pq-imprime">'
        f"<summary><strong>Réserves</strong> : {escape(hold_spaces(words))}</summary>"
        f"{body.html}</details>"
    )


def _reserves(reserves: Warned) -> Iterator[tuple[str, Fragment]]:
    """Yield what is held back: in a few words, then in a sentence."""
    if reserves.rejets:
        lines = format_count(reserves.rejets, "ligne rejetée", "lignes rejetées")
        yield (
            lines,
            fill(
                "<strong>{lignes}</strong> dans {fichiers} : ces lignes ne comptent dans aucun "
                "chiffre. Leur liste et leurs motifs sont dans le rapport de qualité.",
                lignes=lines,
                fichiers=format_count(reserves.fichiers_rejetes, "fichier"),
            ),
        )
    if reserves.provisoires:
        yield (
            format_count(reserves.provisoires, "résultat provisoire", "résultats provisoires"),
            fill(
                "<strong>{n}</strong> sur des notes qui ne sont pas définitives : "
                "moyennes et décisions peuvent encore changer.",
                n=format_count(
                    reserves.provisoires,
                    "candidat a un résultat provisoire fondé",
                    "candidats ont un résultat provisoire fondé",
                ),
            ),
        )
    if reserves.a_verifier:
        n = format_count(reserves.a_verifier, "résultat à vérifier", "résultats à vérifier")
        causes = ", ".join(f"{cause} ({format_integer(k)})" for cause, k in reserves.causes)
        yield (n, fill("<strong>{n}</strong> avant toute décision : {causes}.", n=n, causes=causes))
    yield from _on_reglement(reserves)


def _on_reglement(reserves: Warned) -> Iterator[tuple[str, Fragment]]:
    said = " ".join(reserves.reserves_reglement)
    if not reserves.reglement_confirme:
        yield (
            "règlement non confirmé",
            fill(
                "<strong>Le règlement employé n’est pas confirmé.</strong> {reserves} "
                "Les moyennes et les décisions en dépendent.",
                reserves=said,
            ),
        )
    elif said:
        yield (
            "règlement confirmé avec une réserve",
            fill("Règlement confirmé, avec cette réserve : {reserves}", reserves=said),
        )
