"""A country: académies, spécialités and years, one session folder each, of unequal sizes.

    python -m outils.pays DESTINATION [--academies 30] [--specialites 40] [--candidats 100]

Structure (épreuves, means, languages) is that of the demonstration's sessions, taken in turn: there is
no règlement for forty spécialités. Sizes are shared out as establishments' are, and candidates,
establishments and marks are drawn; the same seed writes the same files.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from outils.grande import POIDS, invent_faits

from perequation.demo import load_faits, write_faits
from perequation.demo.faits import Faits
from perequation.socle.academies import ACADEMIES

MODELES = ("ccst-2023-toulouse", "ndrc-2022-toulouse", "mco-2022-aix-marseille-corse")
CANDIDATS_PAR_ETABLISSEMENT = 12
MINIMUM = 20


def make_country(
    destination: Path,
    nb_academies: int = 30,
    nb_specialites: int = 40,
    candidats: int = 100,
    graine: int = 1,
) -> Iterator[Path]:
    """Write the sessions of a country, one folder an académie and a spécialité; yield each.

    Parameters
    ----------
    destination
        The campaign's folder.
    nb_academies, nb_specialites
        How many of each.
    candidats
        Mean number of candidates of a session.
    graine
        Seed.
    """
    for a, academie in enumerate(sorted(ACADEMIES)[:nb_academies]):
        for s in range(nb_specialites):
            modele = load_faits(MODELES[s % len(MODELES)])
            poids = POIDS[(7 * a + 3 * s) % len(POIDS)]
            nombre = max(MINIMUM, candidats * poids * len(POIDS) // sum(POIDS))
            faits = _of(modele, academie, s, nombre)
            dossier = destination / faits.nom
            dossier.parent.mkdir(parents=True, exist_ok=True)
            yield write_faits(faits, dossier, graine + a * nb_specialites + s, en_une_etape=True)


def _of(modele: Faits, academie: str, rang: int, nombre: int) -> Faits:
    """Return the facts of a session of one académie."""
    faits = invent_faits(modele, nombre, max(2, nombre // CANDIDATS_PAR_ETABLISSEMENT))
    titre = f"BTS {modele.specialite} ({rang + 1:02d}), {modele.session}, {academie}, inventée"
    return replace(
        faits,
        nom=f"{academie.lower().replace(' ', '-')}/{modele.specialite.lower()}-{rang + 1:02d}",
        titre=titre,
        academie_pilote=academie,
        academies=((academie, nombre),),
        etablissements=tuple(replace(e, academie=academie) for e in faits.etablissements),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("destination", type=Path)
    parser.add_argument("--academies", type=int, default=30)
    parser.add_argument("--specialites", type=int, default=40)
    parser.add_argument("--candidats", type=int, default=100)
    options = parser.parse_args()
    made = make_country(
        options.destination, options.academies, options.specialites, options.candidats
    )
    print(f"{sum(1 for _ in made)} dossiers de session dans {options.destination}")


if __name__ == "__main__":
    main()
