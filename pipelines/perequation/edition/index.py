"""The index of a pack: what is there, what each report answers, what failed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perequation.edition import page
from perequation.edition.contexte import Fond, fingerprint
from perequation.edition.description import Description, words
from perequation.edition.plan import LIBELLES_NIVEAU, Rapport
from perequation.edition.rendu import Echec, Tache
from perequation.socle.dossier import Dossier
from perequation.socle.fichiers import write_whole
from perequation.socle.formats import format_date

_MARQUE = re.compile(r'<meta name="perequation-empreinte" content="([0-9a-f]+)">')
# What is in the lists people open, by the beginning of their names.
_CONTENTS = (
    ("anomalie.", "données chargées mais à vérifier"),
    ("bilan_import.", "lignes lues, chargées, rejetées, par fichier"),
    ("controle_qualite.", "résultat de chaque vérification"),
    ("rejet.", "lignes écartées et leurs motifs"),
    ("a_corriger", "ce que chaque établissement doit corriger"),
    ("jury_", "dossier de jury"),
    ("rattrapage_", "appelés aux épreuves de contrôle"),
    ("apres_controle_", "résultats après contrôle"),
)
# The marks are in the head, before the style sheet.
_HEAD = 4096


@dataclass(frozen=True)
class Ligne:
    """A report in the index."""

    titre: str
    question: str
    niveau: str
    statut: str
    classe: str
    lien: str = ""
    date: str = ""
    pdf: str = ""
    carnet: str = ""
    mots: str = ""
    message: str = ""
    compte: str = ""


def read_fingerprint(path: Path) -> str | None:
    """Return the fingerprint a published page carries, None when there is no such page."""
    try:
        with path.open(encoding="utf-8") as stream:
            found = _MARQUE.search(stream.read(_HEAD))
    except OSError:
        return None
    return found[1] if found else None


def is_current(sortie: Path, tache: Tache) -> bool:
    """Tell whether a report is published already, from the same things."""
    publiee = read_fingerprint(sortie / tache.rapport.fichier)
    carnet = sortie / "carnets" / f"{tache.rapport.nom}.ipynb"
    complete = carnet.is_file() or not tache.garde_carnet
    return complete and publiee == tache.contexte.marques["empreinte"]


def write_index(dossier: Dossier, sortie: Path, plan: Sequence[Rapport], fond: Fond) -> None:
    """Write ``index.html``: it links every report and works from a file share."""
    decrire = Description.of(dossier, plan, interne=fond.niveau == "interne")
    groupes: dict[str, list[Ligne]] = {}
    for rapport in plan:
        if not rapport.est_fiche and (not rapport.sur_demande or _is_made(sortie, rapport)):
            titre = f"BTS {rapport.specialite}" if rapport.specialite else "Toute la session"
            ligne = _line(sortie, rapport, fond, words(sortie / rapport.fichier))
            ligne = replace(ligne, compte=decrire.count(rapport, sortie))
            groupes.setdefault(titre, []).append(ligne)
    fiches = [_line(sortie, r, fond, " ".join(r.mots)) for r in plan if r.est_fiche]
    faites = [ligne for ligne in fiches if ligne.lien]
    lignes = [ligne for groupe in groupes.values() for ligne in groupe] + fiches
    lists, tables = _lists(dossier, fond)
    text = page.render_page(
        "index.html.j2",
        fond.plain_context(f"Rapports – {fond.session}"),
        [page.search_script("index.js")],
        academie=fond.academie,
        groupes=[{"titre": titre, "lignes": groupe} for titre, groupe in groupes.items()],
        fiches=faites,
        fiches_a_faire=len(fiches) - len(faites),
        echecs=[ligne for ligne in lignes if ligne.classe == "absent" and ligne.lien],
        listes=lists,
        tables=tables,
    )
    write_whole(sortie / "index.html", text)


def write_notice(sortie: Path, tache: Tache, echec: Echec, *, has_notebook: bool) -> None:
    """Write the French notice of a report that failed."""
    nom = tache.rapport.nom
    contexte = page.Contexte(
        tache.contexte.session,
        tache.rapport.titre,
        tache.rapport.niveau,
        marques={"message": echec.message},
    )
    text = page.render_page(
        "echec.html.j2",
        contexte,
        nom=nom,
        message=echec.message,
        etape=echec.etape,
        carnet=f"{nom}.ipynb" if has_notebook else "",
    )
    write_whole(sortie / "echecs" / f"{nom}.html", text)


def remove_strangers(sortie: Path, plan: Collection[Rapport]) -> None:
    """Remove the pages of reports that are no longer planned; nothing else is touched."""
    noms = {rapport.nom for rapport in plan}
    for path in (*sortie.glob("*.html"), *sortie.glob("fiches/*.html")):
        if path.stem not in noms and read_fingerprint(path):
            path.unlink()
            path.with_suffix(".pdf").unlink(missing_ok=True)
            (sortie / "carnets" / f"{path.stem}.ipynb").unlink(missing_ok=True)
    for path in (sortie / "echecs").iterdir():
        if path.stem not in noms and path.suffix in {".html", ".ipynb"}:
            path.unlink()


def _is_made(sortie: Path, rapport: Rapport) -> bool:
    return (sortie / rapport.fichier).is_file()


def _line(sortie: Path, rapport: Rapport, fond: Fond, mots: str) -> Ligne:
    niveau = LIBELLES_NIVEAU[rapport.niveau]
    publiee = read_fingerprint(sortie / rapport.fichier)
    notice = sortie / "echecs" / f"{rapport.nom}.html"
    if publiee is None:
        echoue = notice.is_file()
        return Ligne(
            rapport.titre,
            rapport.question,
            niveau,
            "échec" if echoue else "non produit",
            "absent",
            lien=f"echecs/{rapport.nom}.html" if echoue else "",
            mots=mots,
            message=_notice_message(notice) if echoue else "",
        )
    carnet = f"carnets/{rapport.nom}.ipynb"
    pdf = Path(rapport.fichier).with_suffix(".pdf").as_posix()
    a_jour = publiee == fingerprint(rapport, fond)
    return Ligne(
        rapport.titre,
        rapport.question,
        niveau,
        "à jour" if a_jour else "fait avec d’autres données : à refaire",
        "present" if a_jour else "ancien",
        lien=rapport.fichier,
        date=f"{fond.origine_date} {format_date(fond.date)}" if a_jour and fond.date else "",
        pdf=pdf if (sortie / pdf).is_file() else "",
        carnet=carnet if (sortie / carnet).is_file() else "",
        mots=mots,
    )


def _notice_message(notice: Path) -> str:
    import html

    found = re.search(r'name="perequation-message" content="([^"]*)"', notice.read_text("utf-8"))
    return html.unescape(found[1]) if found else ""


def _lists(dossier: Dossier, fond: Fond) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return what stands beside the pack: the lists people open, the tables programs read."""
    internes = list(_files(dossier)) if fond.niveau == "interne" else []
    lists = [f for f in internes if Path(f["nom"]).suffix in {".csv", ".xlsx", ".html"}]
    return lists, [f for f in internes if f not in lists]


def _files(dossier: Dossier) -> Iterator[dict[str, str]]:
    for nom, folder in (("rejets", dossier.rejets), ("exports", dossier.exports)):
        if not folder.is_dir():
            continue
        for path in sorted(p for p in folder.iterdir() if p.is_file()):
            if path.suffix in {".csv", ".xlsx", ".parquet", ".html", ".json"}:
                words = next((m for start, m in _CONTENTS if path.name.startswith(start)), "")
                detail = " · ".join(filter(None, (words, _size(path.stat().st_size))))
                yield {"lien": f"../{nom}/{path.name}", "nom": path.name, "detail": detail}


def _size(count: int) -> str:
    if count < 100_000:
        return f"{max(1, round(count / 1000))} ko"
    return f"{count / 1_000_000:.1f} Mo".replace(".", ",")
