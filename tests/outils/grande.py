"""A session as large as the country, on the structure of a small one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from perequation.demo import load_faits, write_faits
from perequation.demo.faits import (
    STATUTS,
    CentreOral,
    Etablissement,
    Faits,
    GroupeCandidats,
    build_uai,
)
from perequation.socle.erreurs import ConfigurationError

NB_ACADEMIES = 30
CANDIDATS_PAR_CENTRE_ORAL = 600
# Types in the order establishments take them, ten by ten.
TYPES = (
    *("PUBLIC",) * 4,
    *("PRIVE SOUS CONTRAT",) * 2,
    *("CFA",) * 2,
    "GRETA",
    "PRIVE HORS CONTRAT",
)
# Sizes go round these weights, so that units are unequal.
POIDS = (3, 5, 8, 2, 6, 10, 4, 7, 3, 12)


def make_large(
    destination: Path, nb_candidats: int = 150_000, nb_etablissements: int = 8_700
) -> Path:
    """Write a national-size MCO session: about 8.3 marks per candidate.

    Parameters
    ----------
    destination
        The session folder.
    nb_candidats, nb_etablissements
        Its size (at most 9 999 establishments); groups of candidates are of unequal sizes.
    """
    modele = load_faits("mco-2022-aix-marseille-corse")
    faits = invent_faits(modele, nb_candidats, nb_etablissements)
    return write_faits(faits, destination, en_une_etape=True)


def invent_faits(modele: Faits, nb_candidats: int, nb_etablissements: int) -> Faits:
    """Return the facts of an invented national session.

    Parameters
    ----------
    modele
        Session whose épreuves, means and languages are kept.
    nb_candidats, nb_etablissements
        Size; at most 9 999 establishments, the UAIs of one département.
    """
    if not 0 < nb_etablissements <= min(9_999, nb_candidats):
        raise ConfigurationError(
            f"nb_etablissements = {nb_etablissements} : de 1 à {min(9_999, nb_candidats)} attendus."
        )
    etablissements = tuple(_invent_etablissements(nb_candidats, nb_etablissements))
    return replace(
        modele,
        nom="grande",
        titre="BTS MCO, session inventée de taille nationale",
        academies=tuple(
            (nom, sum(e.inscrits for e in etablissements if e.academie == nom))
            for nom in sorted({e.academie for e in etablissements})
        ),
        etablissements=etablissements,
        groupes=tuple(
            GroupeCandidats(
                rang, STATUTS[e.type], f"Centre d'écrit {rang // 6 + 1:04d}", e.inscrits, e.nom
            )
            for rang, e in enumerate(etablissements)
        ),
        centres_oraux=tuple(_invent_centres(modele, nb_candidats)),
        hors_epreuve=(),
        est_imprime={"etablissement": False, "centre_ecrit": False},
    )


def _invent_etablissements(nb_candidats: int, nombre: int) -> Iterator[Etablissement]:
    """Share the candidates out in proportion to the weights, by differences of a running sum."""
    cycle = sum(POIDS)
    cumuls = [0]
    for rang in range(nombre):
        cumuls.append(cumuls[-1] + POIDS[rang % len(POIDS)])
    libres = nb_candidats - nombre  # everyone has at least one candidate
    for rang in range(nombre):
        debut, fin = (libres * cumul // cumuls[-1] for cumul in cumuls[rang : rang + 2])
        nature = TYPES[(rang * 7 + rang // cycle) % len(TYPES)]
        yield Etablissement(
            nom=f"{nature} IMAGINAIRE {rang + 1:04d}",
            inscrits=1 + fin - debut,
            academie=f"ACADEMIE {rang * NB_ACADEMIES // nombre + 1:02d}",
            type=nature,
            ccf="N" if nature == "PRIVE HORS CONTRAT" else "O",
            uai=build_uai(960_000 + rang + 1),
        )


def _invent_centres(modele: Faits, nb_candidats: int) -> Iterator[CentreOral]:
    nombre = 1 + nb_candidats // CANDIDATS_PAR_CENTRE_ORAL
    lieux = tuple(f"Centre d'oral {rang + 1:03d}" for rang in range(nombre))
    codes = tuple(e.code for e in modele.epreuves if not e.est_ecrite and e.a_la_suite_de is None)
    yield CentreOral(codes, lieux, ("2022-06-01",))
