"""What the regulation leaves open of the contrôle, and how the session settles it."""

import polars as pl

from perequation.jury.rattrapage import is_permanent
from perequation.presentation.textes import Fragment, bullets, paragraph, stack


def open_points(parametre: pl.DataFrame, epreuves: pl.DataFrame, session: int = 0) -> Fragment:
    """Say how the session settles what the regulation leaves open (`[regles]` of session.toml).

    Parameters
    ----------
    parametre
        The one row of `reference.parametre`.
    epreuves
        `reference.epreuve`, of the spécialité.
    session
        Its year: only the permanent contrôle leaves these points open.
    """
    if not is_permanent(session):
        return paragraph("Sans objet à cette session.")
    regles = parametre.row(0, named=True)
    points = (
        _language(regles["controle_langue"], epreuves),
        "Une note conservée (bénéfice ou report) "
        + ("peut se repasser." if regles["controle_reprend_benefice"] else "ne se repasse pas."),
        "La forme progressive "
        + ("donne" if regles["controle_forme_progressive"] else "ne donne pas")
        + " accès au contrôle.",
    )
    return stack(
        paragraph(
            "Les textes lus ne tranchent pas trois points. Cette session les règle ainsi ; ce sont "
            "des réglages de la session, à faire confirmer."
        ),
        bullets(points),
    )


def _language(reglage: str, epreuves: pl.DataFrame) -> str:
    """Say which marks an oral of language at the contrôle replaces."""
    langues = epreuves.filter("est_langue", ~pl.col("est_facultative"))
    entieres = langues["epreuve_groupe"].unique(maintain_order=True).to_list()
    if reglage != "epreuve":
        return f"La note de contrôle de langue ne remplace que la sous-épreuve {reglage}."
    if len(entieres) > 1:
        return (
            f"La note de contrôle de langue ne remplace que celle de l’épreuve choisie "
            f"({' ou '.join(entieres)})."
        )
    return "La note de contrôle de langue remplace toute l’épreuve, sous-épreuves comprises."
