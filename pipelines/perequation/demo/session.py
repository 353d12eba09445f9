"""The session folder: session.toml, the input files, and a LISEZMOI that says what is invented."""

import json
from collections.abc import Iterator
from pathlib import Path

from perequation.demo.faits import Faits
from perequation.socle.erreurs import ConfigurationError

ENTETE = "# Session de démonstration"
# The files whose names depend on the draw: an earlier demonstration's would stay behind.
FICHIERS = ("candidats_*.csv", "notes_*.csv", "ccf/ccf_*.csv")
NOTES = ["donnees/notes*.csv", "donnees/ccf/*.csv"]


def write_session_toml(faits: Faits, destination: Path, *, avec_decisions: bool) -> None:
    """Write the configuration of a demonstration session.

    Parameters
    ----------
    faits
        The session.
    destination
        Its folder.
    avec_decisions
        Whether there are files of decisions.
    """
    lignes = [
        *_write_entete(faits),
        *_write_donnees(faits, avec_decisions=avec_decisions),
        *_write_ccf(faits),
        *([] if faits.est_inventee else _write_effectifs(faits)),
    ]
    (destination / "session.toml").write_text("\n".join(lignes) + "\n", encoding="utf-8")


def prepare_dossier(destination: Path) -> Path:
    """Make the folder and clear an earlier demonstration; return its `donnees` folder.

    Raises
    ------
    ConfigurationError
        The folder holds a session that is not a demonstration: nothing is touched.
    """
    path = destination / "session.toml"
    if path.exists() and not path.read_text(encoding="utf-8").startswith(ENTETE):
        raise ConfigurationError(
            f"{destination} contient déjà une session qui n'est pas une démonstration. "
            "Rien n'a été écrit ; choisissez un autre dossier."
        )
    donnees = destination / "donnees"
    donnees.mkdir(parents=True, exist_ok=True)
    for motif in FICHIERS:
        for ancien in donnees.glob(motif):
            ancien.unlink()
    return donnees


def _write_entete(faits: Faits) -> Iterator[str]:
    if faits.est_inventee:
        yield f"{ENTETE} : session antérieure entièrement INVENTÉE (voir LISEZMOI.md)."
    else:
        yield f"{ENTETE} : structure, effectifs et calendrier de la circulaire,"
        yield "# personnes, établissements, centres et notes INVENTÉS (voir LISEZMOI.md)."
    yield ""
    yield "[session]"
    yield f"annee = {faits.session}"
    yield f"titre = {_quote(faits.titre)}"
    yield f"academie_pilote = {_quote(faits.academie_pilote)}"
    yield f"specialites = [{_quote(faits.specialite)}]"
    if faits.coefficients_confirmes:
        yield "# Les coefficients du règlement livré ne sont PAS confirmés (aucune source lisible)."
        yield "# Acceptés ici pour la démonstration ; vérifiez-les pour une vraie session."
        yield "coefficients_confirmes = true"
    yield ""


def _write_donnees(faits: Faits, *, avec_decisions: bool) -> Iterator[str]:
    yield "[donnees]"
    yield 'candidats = ["donnees/candidats*.csv"]'
    yield f"notes = {_quote(NOTES)}"
    yield 'etablissements = ["donnees/etablissements*.csv"]'
    if avec_decisions:
        yield 'decisions_harmonisation = ["donnees/decisions_harmonisation*.csv"]'
        yield 'decisions_jury = ["donnees/decisions_jury*.csv"]'
    if faits.precedentes:
        yield f"sessions_precedentes = {_quote(list(faits.precedentes))}"
    yield ""


def _write_ccf(faits: Faits) -> Iterator[str]:
    codes = [e.code for e in faits.epreuves if e.est_ccf]
    yield "[ccf]"
    yield f"epreuves = {_quote(codes)}"
    if faits.ccf_date_limite:
        yield f"date_limite = {faits.ccf_date_limite.isoformat()}"
    yield ""


def _write_effectifs(faits: Faits) -> Iterator[str]:
    yield "# Effectifs imprimés dans la circulaire, rapprochés de la liste des candidats."
    yield from _write_effectif("total", "TOTAL", faits.inscrits)
    for nom, inscrits in faits.academies:
        yield from _write_effectif("academie", nom, inscrits)
    if faits.est_imprime["etablissement"]:
        for etablissement in faits.etablissements:
            if etablissement.libelle != etablissement.nom:
                yield f"# L'autre tableau de la circulaire dit : {etablissement.libelle}."
            yield from _write_effectif("etablissement", etablissement.code, etablissement.inscrits)
    if faits.est_imprime["centre_ecrit"]:
        for nom, inscrits in faits.centres_ecrits().items():
            yield from _write_effectif("centre_ecrit", nom, inscrits)


def _write_effectif(maille: str, code: str, inscrits: int) -> Iterator[str]:
    yield "[[effectif_attendu]]"
    yield f"maille = {_quote(maille)}"
    yield f"code = {_quote(code)}"
    yield f"inscrits = {inscrits}"
    yield ""


def _quote(valeur: str | list[str]) -> str:
    """Return a TOML text or list of texts: JSON's quoting is valid TOML for both."""
    return json.dumps(valeur, ensure_ascii=False)


def write_lisezmoi(faits: Faits, destination: Path, graine: int) -> None:
    """Write what is true and what is invented in this folder, in French."""
    if faits.est_inventee:
        (destination / "LISEZMOI.md").write_text(
            f"""# {faits.titre} — données de démonstration

**Tout est inventé** : cette session antérieure reprend les établissements fictifs et les épreuves de
la session suivante, avec d'autres candidats, d'autres notes et moins d'apprentis. Elle sert à montrer
la comparaison d'une session à l'autre. Graine du tirage : {graine}.
""",
            encoding="utf-8",
        )
        return
    invente = (
        "La circulaire n'imprime pas les établissements : ils sont entièrement inventés.\n"
        if not faits.est_imprime["etablissement"]
        else "Chaque établissement fictif a l'effectif d'un établissement de la circulaire.\n"
    )
    calendrier = "\n".join(f"| {quoi} | {quand} |" for quoi, quand in faits.calendrier)
    text = f"""# {faits.titre} — données de démonstration

**Tout ce qui désigne quelqu'un ou un lieu est inventé** : candidats, établissements, centres,
commissions, notes, décisions. Les UAI sont ceux d'un département 096 qui n'existe pas ;
leur lettre de contrôle est juste. Toute ressemblance serait fortuite.

Viennent de la circulaire : les effectifs ({faits.inscrits} inscrits), la structure des épreuves,
les centres qu'elle imprime (nombre et taille), le calendrier, ses incohérences de libellés.
{invente}
- `session.toml` : la configuration ;
- `donnees/` : les fichiers, comme un service d'examens les recevrait (encodages mêlés) ;
- `donnees/verite/effets.csv` : les effets mis dans les notes (en points). Péréquation ne le lit
  pas : il sert à vérifier ce que la méthode retrouve. `effet_centre` est l'effet moins la moyenne.
- `donnees/verite/candidats.csv` : l'aptitude tirée pour chaque candidat (en points).

Graine du tirage : {graine}. La même graine redonne les mêmes fichiers.

| Quoi | Quand |
|---|---|
{calendrier}
"""
    (destination / "LISEZMOI.md").write_text(text, encoding="utf-8")
