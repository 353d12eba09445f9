"""What the circulars say (counts, structure, calendar), under fictitious names."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from perequation.socle.erreurs import ConfigurationError
from perequation.socle.ressources import PACKAGE

DOSSIER_FAITS = Path(__file__).parent / "faits"
LETTRES_UAI = "ABCDEFGHJKLMNPRSTUVWXYZ"

# Earlier sessions of the demonstration have fewer apprentices: the composition then moves too.
PART_D_APPRENTIS = Fraction(3, 4)

# What a candidate of each type of establishment is called in the tables.
STATUTS = {
    "PUBLIC": "SCOLAIRE",
    "PRIVE SOUS CONTRAT": "SCOLAIRE",
    "PRIVE HORS CONTRAT": "SCOLAIRE",
    "CFA": "APPRENTI",
    "GRETA": "FORMATION CONTINUE",
    "EAD": "EAD",
    "INDIVIDUEL": "INDIVIDUEL",
}


def build_uai(numero: int) -> str:
    """Return the UAI of a seven-digit number: the digits and the check letter."""
    return f"{numero:07d}{LETTRES_UAI[numero % 23]}"


@dataclass(frozen=True)
class EpreuveFaits:
    """One leaf of the règlement; ``coefficient2`` is twice the coefficient, a whole number."""

    code: str
    groupe: str
    coefficient2: int
    domaine: str | None
    forme: str | None
    est_facultative: bool
    est_ccf: bool
    a_la_suite_de: str | None

    @property
    def est_ecrite(self) -> bool:
        """Whether its ponctuel form is a written paper, sat in the candidate's centre."""
        return self.forme == "ecrit"

    @property
    def a_dossier(self) -> bool:
        """Whether it rests on a professional file, that can be « non valide »."""
        return self.domaine == "professionnel" and self.forme == "oral"


@dataclass(frozen=True)
class Etablissement:
    """One line of the circular's table of candidates; EAD and individuels have no UAI."""

    nom: str
    inscrits: int
    academie: str
    type: str
    ccf: str
    uai: str = ""
    alias: tuple[str, ...] = ()
    liste: str = ""

    @property
    def libelle(self) -> str:
        """The label of the roster, where the circular's two tables disagree."""
        return self.liste or self.nom

    @property
    def code(self) -> str:
        """What the circular's count is filed under: the UAI, else the printed name."""
        return self.uai or self.nom


@dataclass(frozen=True)
class GroupeCandidats:
    """Candidates of one establishment and statut who sit the written papers in one centre."""

    etablissement: int
    statut: str
    centre_ecrit: str
    effectif: int
    origine: str


@dataclass(frozen=True)
class CentreOral:
    """Places of a ponctuel oral; ``inscrits`` are (langue, origine, effectif) when printed."""

    epreuves: tuple[str, ...]
    lieux: tuple[str, ...]
    dates: tuple[str, ...]
    academie: str = ""
    langues: tuple[str, ...] = ()
    inscrits: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True)
class Faits:
    """A circular, ready for the generator."""

    nom: str
    specialite: str
    session: int
    titre: str
    academie_pilote: str
    academies: tuple[tuple[str, int], ...]
    etablissements: tuple[Etablissement, ...]
    groupes: tuple[GroupeCandidats, ...]
    centres_oraux: tuple[CentreOral, ...]
    epreuves: tuple[EpreuveFaits, ...]
    calendrier: tuple[tuple[str, str], ...]
    ccf_date_limite: date | None
    harmonisation: str
    ccf_par_etablissement: bool
    langues: Mapping[str, float]
    facultatives: Mapping[str, float]
    moyennes: Mapping[str, float]
    hors_epreuve: tuple[tuple[str, str, str], ...]
    lieu_de_controle: str
    coefficients_confirmes: bool
    est_imprime: Mapping[str, bool]
    nombres: Mapping[str, int]
    est_inventee: bool = False  # no circular says anything of it
    precedentes: tuple[str, ...] = ()  # folders of earlier sessions, relative to its own

    @property
    def inscrits(self) -> int:
        """Number of candidates of the session."""
        return sum(groupe.effectif for groupe in self.groupes)

    def centres_ecrits(self) -> dict[str, int]:
        """Return the number of candidates of each written centre, in the circular's order."""
        effectifs: dict[str, int] = {}
        for groupe in self.groupes:
            effectifs[groupe.centre_ecrit] = effectifs.get(groupe.centre_ecrit, 0) + groupe.effectif
        return effectifs

    def year_before(self) -> "Faits | None":
        """Return an invented session of the year before, in the same places; None without règlement."""
        annee = self.session - 1
        try:
            epreuves = load_epreuves(
                self.specialite, annee, frozenset(e.code for e in self.epreuves if e.est_ccf)
            )
        except ConfigurationError:
            return None
        fewer = {
            e.code: int(e.inscrits * PART_D_APPRENTIS)
            for e in self.etablissements
            if e.type == "CFA"
        }
        then, now = str(annee), str(self.session)
        return replace(
            self.with_effectifs(fewer),
            nom=self.nom.replace(now, then),
            session=annee,
            titre=self.titre.replace(now, then),
            epreuves=epreuves,
            calendrier=(),
            ccf_date_limite=None,
            est_inventee=True,
        )

    def with_effectifs(self, effectifs: Mapping[str, int]) -> "Faits":
        """Return the same session with other numbers of candidates.

        Parameters
        ----------
        effectifs
            UAI (or name, for EAD and individuels) → candidates; the others keep the circular's.
        """
        known = {etablissement.code for etablissement in self.etablissements}
        if inconnus := sorted(set(effectifs) - known):
            raise ConfigurationError(f"Établissements inconnus de la démonstration : {inconnus}.")
        etablissements = tuple(
            replace(e, inscrits=effectifs.get(e.code, e.inscrits)) for e in self.etablissements
        )
        groupes = tuple(_resize(self.groupes, self.etablissements, effectifs))
        academies = tuple(
            (nom, sum(e.inscrits for e in etablissements if e.academie == nom))
            for nom, _ in self.academies
        )
        return replace(self, etablissements=etablissements, groupes=groupes, academies=academies)


def _resize(
    groupes: tuple[GroupeCandidats, ...],
    etablissements: tuple[Etablissement, ...],
    effectifs: Mapping[str, int],
) -> Iterator[GroupeCandidats]:
    """Give each changed establishment its new number, all in its first group."""
    vus: set[int] = set()
    for groupe in groupes:
        code = etablissements[groupe.etablissement].code
        if code not in effectifs:
            yield groupe
        elif groupe.etablissement not in vus and effectifs[code] > 0:
            yield replace(groupe, effectif=effectifs[code])
        vus.add(groupe.etablissement)


def list_sessions() -> tuple[str, ...]:
    """Return the names of the demonstration sessions."""
    return tuple(sorted(path.stem for path in DOSSIER_FAITS.glob("*.toml")))


@cache
def load_faits(nom: str) -> Faits:
    """Read the facts of one demonstration session.

    Parameters
    ----------
    nom
        One of :func:`list_sessions`.

    Raises
    ------
    ConfigurationError
        When there is no such session.
    """
    if nom not in list_sessions():
        known = ", ".join(list_sessions())
        raise ConfigurationError(f"Session de démonstration inconnue : {nom}. Connues : {known}.")
    brut = tomllib.loads((DOSSIER_FAITS / f"{nom}.toml").read_text(encoding="utf-8"))
    etablissements = tuple(_read_etablissement(ligne) for ligne in brut["etablissement"])
    ccf = brut["ccf"]
    simulation = brut["simulation"]
    return Faits(
        nom=nom,
        specialite=brut["specialite"],
        session=brut["session"],
        titre=brut["titre"],
        academie_pilote=brut["academie_pilote"],
        academies=tuple((a["nom"], a["inscrits"]) for a in brut["academie"]),
        etablissements=etablissements,
        groupes=tuple(_read_groupes(brut, etablissements)),
        centres_oraux=tuple(_read_centre_oral(ligne) for ligne in brut["centre_oral"]),
        epreuves=load_epreuves(brut["specialite"], brut["session"], frozenset(ccf["epreuves"])),
        calendrier=tuple(_read_calendrier(brut)),
        ccf_date_limite=ccf.get("date_limite"),
        harmonisation=str(ccf["harmonisation"]),
        ccf_par_etablissement=ccf["par_etablissement"],
        langues=simulation["langues"],
        facultatives=simulation["facultatives"],
        moyennes=simulation["moyennes"],
        hors_epreuve=tuple(
            (h["origine"], epreuve, h["mode"])
            for h in brut.get("hors_epreuve", ())
            for epreuve in h["epreuves"]
        ),
        lieu_de_controle=brut["lieu_de_controle"],
        coefficients_confirmes=brut.get("coefficients_confirmes", False),
        est_imprime={
            "etablissement": brut.get("etablissements_imprimes", True),
            "centre_ecrit": brut["centres_ecrit_imprimes"],
        },
        nombres={key: valeur for key, valeur in simulation.items() if isinstance(valeur, int)},
    )


def load_epreuves(specialite: str, session: int, ccf: frozenset[str]) -> tuple[EpreuveFaits, ...]:
    """Read the épreuves of the shipped règlement valid for a session.

    Parameters
    ----------
    specialite, session
        Which règlement.
    ccf
        Codes assessed in CCF where the candidate is entitled to it.
    """
    for path in sorted((PACKAGE / "reglements").glob("*.toml")):
        brut = tomllib.loads(path.read_text(encoding="utf-8"))
        # Without a last session, a règlement is valid from its first on.
        start, *fins = brut["sessions"]
        end = fins[0] if fins else session
        if brut["specialite"] == specialite and start <= session <= end:
            return tuple(_read_epreuve(ligne, ccf) for ligne in brut["epreuves"])
    raise ConfigurationError(f"Aucun règlement pour {specialite}, session {session}.")


def _read_epreuve(ligne: dict[str, Any], ccf: frozenset[str]) -> EpreuveFaits:
    est_facultative = bool(ligne.get("facultative"))
    return EpreuveFaits(
        code=ligne["code"],
        groupe=ligne.get("epreuve", ligne["code"]),
        coefficient2=int(2 * Fraction(ligne["coefficient"])),
        domaine=ligne.get("domaine"),
        forme=ligne.get("forme", "oral"),
        est_facultative=est_facultative,
        est_ccf=ligne["code"] in ccf,
        a_la_suite_de=ligne.get("a_la_suite_de"),
    )


def _read_etablissement(ligne: dict[str, Any]) -> Etablissement:
    return Etablissement(
        nom=ligne["nom"],
        inscrits=ligne["inscrits"],
        academie=ligne["academie"],
        type=ligne["type"],
        ccf=ligne["ccf"],
        uai=ligne.get("uai", ""),
        alias=tuple(ligne.get("alias", ())),
        liste=ligne.get("liste", ""),
    )


def _read_groupes(
    brut: dict[str, Any], etablissements: tuple[Etablissement, ...]
) -> Iterator[GroupeCandidats]:
    rangs = {
        libelle: rang
        for rang, etablissement in enumerate(etablissements)
        for libelle in (etablissement.nom, *etablissement.alias)
    }
    for centre in brut["centre_ecrit"]:
        for origine, effectif in centre["origines"]:
            rang = rangs[origine]
            statut = _find_statut(origine, etablissements[rang])
            yield GroupeCandidats(rang, statut, centre["nom"], effectif, origine)


def _find_statut(origine: str, etablissement: Etablissement) -> str:
    """Return the statut, which the label of a group tells when there is no establishment."""
    if origine.upper().startswith("INDIVIDUEL") and not etablissement.uai:
        return "INDIVIDUEL"
    return STATUTS[etablissement.type]


def _read_centre_oral(ligne: dict[str, Any]) -> CentreOral:
    return CentreOral(
        epreuves=tuple(ligne["epreuves"]),
        lieux=tuple(ligne["lieux"]),
        dates=tuple(ligne["dates"]),
        academie=ligne.get("academie", ""),
        langues=tuple(ligne.get("langues", ())),
        inscrits=tuple(
            (i["langue"], i["origine"], i["effectif"]) for i in ligne.get("inscrits", ())
        ),
    )


def _read_calendrier(brut: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for epreuve in brut["epreuve_ecrite"]:
        yield f"{epreuve['code']} (écrit)", epreuve["date"]
    for oral in brut["centre_oral"]:
        yield (
            f"{', '.join(oral['epreuves'])} ({' ; '.join(oral['lieux'])})",
            ", ".join(oral["dates"]),
        )
    if "date_limite" in brut["ccf"]:  # the only circular that prints these two dates
        yield "Remise des notes de CCF", str(brut["ccf"]["date_limite"])
        yield "Harmonisation des notes de CCF", str(brut["ccf"]["harmonisation"])
    yield "Résultats", brut["resultats"]
    for dates in brut["epreuves_de_controle"]:
        yield "Épreuves de contrôle", dates
