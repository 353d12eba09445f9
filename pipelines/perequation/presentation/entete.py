"""The top of every report: what must be known before reading a figure."""

from collections.abc import Iterator
from typing import Protocol

from perequation.presentation.textes import Fragment, box, bullets, fill, paragraph
from perequation.socle.formats import format_count


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
    def reglement_confirme(self) -> bool:
        """Whether the règlement's coefficients are confirmed."""
        ...

    @property
    def reserves_reglement(self) -> tuple[str, ...]:
        """What the règlement itself holds back."""
        ...


def warnings(reserves: Warned) -> Fragment:
    """Return what weakens the report: rejects, provisional marks, unconfirmed règlement."""
    items = list(_reserves(reserves))
    avec_reserve = _confirmed_with_reserve(reserves)
    if not items and avec_reserve:
        sentence = "Aucune ligne rejetée, aucune note provisoire."
        return box("information", paragraph("{x} {reserve}", x=sentence, reserve=avec_reserve))
    if avec_reserve:
        items.append(avec_reserve)
    if not items:
        sentence = "Aucune ligne rejetée, aucune note provisoire, règlement confirmé."
        return box("accord", paragraph("{x}", x=sentence))
    return box("avertissement", bullets(items))


def _confirmed_with_reserve(reserves: Warned) -> Fragment | None:
    """Return what a confirmed règlement still supposes, None when it supposes nothing."""
    if not (reserves.reglement_confirme and reserves.reserves_reglement):
        return None
    return fill(
        "Règlement confirmé, avec cette réserve : {reserves}",
        reserves=" ".join(reserves.reserves_reglement),
    )


def _reserves(reserves: Warned) -> Iterator[Fragment]:
    if reserves.rejets:
        yield fill(
            "<strong>{lignes}</strong> dans {fichiers} : ces lignes ne comptent dans aucun "
            "chiffre. Leur liste et leurs motifs sont dans le rapport de qualité.",
            lignes=format_count(reserves.rejets, "ligne rejetée", "lignes rejetées"),
            fichiers=format_count(reserves.fichiers_rejetes, "fichier"),
        )
    if reserves.provisoires:
        yield fill(
            "<strong>{n}</strong> sur des notes qui ne sont pas définitives : "
            "moyennes et décisions peuvent encore changer.",
            n=format_count(
                reserves.provisoires,
                "candidat a un résultat provisoire fondé",
                "candidats ont un résultat provisoire fondé",
            ),
        )
    if reserves.a_verifier:
        yield fill(
            "<strong>{n}</strong> à vérifier avant toute décision "
            "(moyenne au ras d’un seuil, NV sous réserve, note rejetée).",
            n=format_count(reserves.a_verifier, "résultat"),
        )
    if not reserves.reglement_confirme:
        yield fill(
            "<strong>Le règlement employé n’est pas confirmé.</strong> {reserves} "
            "Les moyennes et les décisions en dépendent.",
            reserves=" ".join(reserves.reserves_reglement),
        )
