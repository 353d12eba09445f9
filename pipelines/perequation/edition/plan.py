"""Which reports exist, what each answers, whom it may go to, and with which parameters it runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from perequation.edition.propre import own_notebooks
from perequation.edition.sujets import MAILLES, Sujet, list_sujets
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import ConfigurationError, PerequationError
from perequation.socle.regles_decision import rules_at
from perequation.socle.ressources import ressource

Niveau = Literal["interne", "etablissement", "public"]

# From the narrowest circle to the widest.
NIVEAUX: tuple[Niveau, ...] = ("interne", "etablissement", "public")
LIBELLES_NIVEAU: dict[str, str] = {
    "interne": "interne",
    "etablissement": "établissement",
    "public": "publique",
}
QUALITE = "10_qualite"
RESULTATS = "20_resultats"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
REQUIRED = frozenset({"dossier", "session", "specialite"})


@dataclass(frozen=True)
class Carnet:
    """A kind of report: one notebook, run for the session or for each spécialité.

    `niveau` is the widest circle it may go to. One `sur_demande` is made when it is asked
    for by that word, or by its name.
    """

    code: str
    titre: str
    question: str
    par_specialite: bool
    niveau: Niveau
    propre: Path | None = None
    sur_demande: str = ""

    @property
    def notebook(self) -> Path:
        """Where the notebook is: the session folder's own, or one of the package."""
        return self.propre or ressource("notebooks", f"{self.code}.ipynb")


CATALOGUE: tuple[Carnet, ...] = (
    Carnet(
        QUALITE,
        "Qualité des données",
        "Peut-on se fier aux fichiers reçus, et que faut-il corriger ?",
        par_specialite=False,
        niveau="interne",
    ),
    Carnet(
        RESULTATS,
        "Résultats",
        "Qui réussit, où, et comment se répartissent les notes ?",
        par_specialite=True,
        niveau="public",
    ),
    Carnet(
        "30_harmonisation",
        "Harmonisation",
        "Quels écarts restent à discuter, avec quelle certitude, et que changerait une correction ?",
        par_specialite=True,
        niveau="interne",
    ),
    Carnet(
        "35_annexe",
        "Annexe statistique",
        "Sur quoi reposent les écarts, et que donneraient d’autres méthodes de correction ?",
        par_specialite=True,
        niveau="interne",
        sur_demande="annexe",
    ),
    Carnet(
        "36_reunion",
        "Fiche de réunion",
        "Que décide la réunion, épreuve par épreuve ?",
        par_specialite=True,
        niveau="interne",
        sur_demande="reunion",
    ),
    Carnet(
        "40_jury",
        "Dossier de jury",
        "Sur quels candidats le jury doit-il encore se prononcer, et pourquoi ?",
        par_specialite=True,
        niveau="interne",
    ),
    Carnet(
        "50_rattrapage",
        "Épreuves de contrôle",
        "Qui est appelé au contrôle, et quelles notes permettraient d’être admis ?",
        par_specialite=True,
        niveau="interne",
    ),
)

# Where the contrôle isn't the permanent one, the usual question has no answer.
_AUTRES_QUESTIONS = {
    (
        "50_rattrapage",
        "exceptionnel",
    ): "Qui est appelé au contrôle exceptionnel de cette session, dont "
    "l’issue appartient au jury et n’est pas calculée ?",
    ("50_rattrapage", "aucun"): "Y a-t-il un contrôle à cette session ?",
}

FICHE = Carnet(
    "60_fiche",
    "Fiche",
    "Où en est cet établissement ou ce centre, et que doit-il corriger ?",
    par_specialite=True,
    niveau="etablissement",
)


@dataclass(frozen=True)
class Rapport:
    """One report to make: a notebook and the values it runs with.

    A fiche goes out alone: it is headed by whom it is about, and `sous_dossier` sets it apart.
    """

    nom: str
    titre: str
    question: str
    niveau: Niveau
    notebook: Path
    parametres: Mapping[str, Any]
    specialite: str | None = None
    mots: tuple[str, ...] = ()
    sous_dossier: str = ""
    sur_demande: str = ""

    @property
    def fichier(self) -> str:
        """Place of the published page in the pack."""
        return f"{self.sous_dossier}/{self.nom}.html" if self.sous_dossier else f"{self.nom}.html"

    @property
    def est_fiche(self) -> bool:
        """Whether it is about one establishment or centre."""
        return bool(self.sous_dossier)


class ParameterError(PerequationError):
    """A report's parameters are not those its notebook declares."""


def plan_reports(
    dossier: Dossier,
    *,
    diffusion: Niveau = "interne",
    seulement: Collection[str] | None = None,
    fiches: bool = False,
    demandes: Collection[str] = (),
) -> tuple[Rapport, ...]:
    """List the reports to make of a session, in the order of the index.

    Parameters
    ----------
    dossier
        The session folder.
    diffusion
        Circle the pack is for: reports that may not go there are left out.
    seulement
        Codes (``20_resultats``) or names (``20_resultats_CCST``) wanted; None for all.
    fiches
        Also the fiches, one per establishment and centre. They are most of what a pack for
        establishments holds, and always in it.
    demandes
        Words of the reports made on request alone: ``annexe``, ``reunion``.

    Raises
    ------
    ConfigurationError
        The level or a wanted report does not exist.
    """
    return choose_reports(
        list_reports(dossier, diffusion),
        seulement=seulement,
        fiches=fiches or diffusion == "etablissement",
        demandes=demandes,
    )


def list_reports(dossier: Dossier, diffusion: Niveau) -> tuple[Rapport, ...]:
    """List every report a pack may hold, fiches included.

    Raises
    ------
    ConfigurationError
        The level does not exist.
    """
    if diffusion not in NIVEAUX:
        raise ConfigurationError(
            f"Niveau de diffusion « {diffusion} » inconnu (attendu : {', '.join(NIVEAUX)})."
        )
    return (*_session_reports(dossier, diffusion), *_fiches(dossier, diffusion))


def choose_reports(
    rapports: Collection[Rapport],
    *,
    seulement: Collection[str] | None,
    fiches: bool,
    demandes: Collection[str] = (),
) -> tuple[Rapport, ...]:
    """Keep the reports wanted; see `plan_reports`."""
    asked = {"", *demandes}
    if seulement is None:
        return tuple(r for r in rapports if (fiches or not r.est_fiche) and r.sur_demande in asked)
    known = {rapport.nom for rapport in rapports} | {r.notebook.stem for r in rapports}
    if inconnus := sorted(set(seulement) - known):
        possibles = dict.fromkeys(r.notebook.stem if r.est_fiche else r.nom for r in rapports)
        raise ConfigurationError(
            f"Rapport inconnu : {', '.join(inconnus)}. Rapports possibles : {', '.join(possibles)}."
        )
    wanted = {*seulement, *({FICHE.code} if fiches else ())}
    return tuple(
        r for r in rapports if {r.nom, r.notebook.stem} & wanted or r.sur_demande in demandes
    )


def _session_reports(dossier: Dossier, diffusion: Niveau) -> Iterator[Rapport]:
    session = dossier.configuration.session
    for modele in (*_wanted(dossier), *_own_models(dossier)):
        if not may_go_to(modele.niveau, diffusion) or not modele.notebook.is_file():
            continue
        for specialite in session.specialites if modele.par_specialite else (None,):
            yield _report(dossier, modele, specialite)


def _wanted(dossier: Dossier) -> tuple[Carnet, ...]:
    """Return the reports of the package that `[rapports] produire` names, all when it names none."""
    wanted = dossier.configuration.rapports.produire
    known = [modele.code for modele in CATALOGUE]
    if unknown := sorted(set(wanted) - set(known)):
        raise ConfigurationError(
            f"rapports.produire : rapport inconnu « {', '.join(unknown)} » "
            f"(il y a : {', '.join(known)})."
        )
    # The quality report is what says whether the others can be trusted.
    named = [replace(m, sur_demande="") for m in CATALOGUE if m.code in {*wanted, QUALITE}]
    return tuple(named) if wanted else CATALOGUE


def _own_models(dossier: Dossier) -> Iterator[Carnet]:
    taken = {modele.code for modele in (*CATALOGUE, FICHE)}
    for own in own_notebooks(dossier):
        code = own.path.stem
        if code in taken:
            raise ConfigurationError(f"carnets/{own.path.name} a le nom d’un rapport livré.")
        yield Carnet(code, own.titre, own.question, own.par_specialite, own.niveau, own.path)


def _fiches(dossier: Dossier, diffusion: Niveau) -> Iterator[Rapport]:
    if not may_go_to(FICHE.niveau, diffusion) or not FICHE.notebook.is_file():
        return
    for sujet in list_sujets(dossier.entrepot, dossier.configuration.session.specialites):
        yield _fiche(_report(dossier, FICHE, sujet.specialite), sujet)


def _fiche(rapport: Rapport, sujet: Sujet) -> Rapport:
    return replace(
        rapport,
        nom=f"{FICHE.code}_{sujet.nom_fichier}",
        titre=f"{sujet.libelle} ({MAILLES[sujet.maille]}) : BTS {sujet.specialite}",
        parametres={**rapport.parametres, "maille": sujet.maille, "code": sujet.code},
        mots=(sujet.code, sujet.libelle),
        sous_dossier="fiches",
    )


def plan_quality(dossier: Dossier, entrepot: Path) -> Rapport:
    """Return the quality report of another warehouse than the published one."""
    (rapport,) = plan_reports(dossier, seulement=(QUALITE,))
    return replace(rapport, parametres={**rapport.parametres, "entrepot": str(entrepot)})


def may_go_to(niveau: Niveau, diffusion: Niveau) -> bool:
    """Tell whether what is of a level may be in a pack made for a circle."""
    return NIVEAUX.index(niveau) >= NIVEAUX.index(diffusion)


def _report(dossier: Dossier, modele: Carnet, specialite: str | None) -> Rapport:
    parametres: dict[str, Any] = {
        "dossier": str(dossier.racine),
        "session": dossier.configuration.session.annee,
    }
    if specialite:
        parametres["specialite"] = specialite
    controle = rules_at(parametres["session"]).regime.controle
    return Rapport(
        nom=f"{modele.code}_{specialite}" if specialite else modele.code,
        titre=f"{modele.titre} : BTS {specialite}" if specialite else modele.titre,
        question=_AUTRES_QUESTIONS.get((modele.code, controle), modele.question),
        niveau=modele.niveau,
        notebook=modele.notebook,
        parametres=parametres,
        specialite=specialite,
        sur_demande=modele.sur_demande,
    )


def read_notebook(path: Path) -> Any:
    """Return a notebook as it can be run: one cleaned of its metadata is Python all the same."""
    import nbformat

    notebook: Any = nbformat.read(path, as_version=4)
    notebook.metadata.setdefault("kernelspec", dict(KERNEL))
    notebook.metadata.setdefault("language_info", {"name": "python"})
    return notebook


_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list, tuple),
    "dict": (dict,),
}


def check_parameters(notebook: Path, parametres: Mapping[str, Any]) -> None:
    """Compare the values a report runs with to what its notebook declares.

    Papermill itself only warns about an unknown parameter, and the report would then be that of
    the notebook's default values.

    Raises
    ------
    ParameterError
        With one line per unknown, missing or wrongly typed parameter.
    """
    from papermill import inspect_notebook

    # The notebook itself, not its path: papermill formats paths, and a brace in one is no place.
    declares = inspect_notebook(read_notebook(notebook))
    fautes = [f"paramètre « {nom} » inconnu du carnet" for nom in parametres if nom not in declares]
    fautes += [
        f"paramètre « {nom} » attendu par le carnet et non fourni"
        for nom in declares
        if nom in REQUIRED and nom not in parametres
    ]
    fautes += [
        f"paramètre « {nom} » : {attendu} attendu, {type(valeur).__name__} fourni"
        for nom, valeur in parametres.items()
        if nom in declares
        and not _is_typed(valeur, attendu := str(declares[nom]["inferred_type_name"]))
    ]
    if fautes:
        raise ParameterError(f"Paramètres du carnet {notebook.name} : " + " ; ".join(fautes) + ".")


def _is_typed(valeur: object, attendu: str) -> bool:
    """Tell whether a value fits an annotation such as ``int``, ``list[str]`` or ``str | None``."""
    # Papermill writes "None" when the notebook says nothing of the type.
    noms = [partie.strip().split("[")[0] for partie in attendu.split("|")]
    if noms == ["None"] or not set(noms) <= {*_TYPES, "None"}:
        return True
    if valeur is None or isinstance(valeur, bool):
        return ("None" if valeur is None else "bool") in noms
    return any(isinstance(valeur, _TYPES[nom]) for nom in noms if nom != "None")
