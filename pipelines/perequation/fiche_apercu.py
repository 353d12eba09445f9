"""`perequation apercu`: what a file would be understood as, in French."""

from collections.abc import Iterator

from perequation.ingestion import Apercu

_LARGEUR = 24


def describe_preview(apercu: Apercu) -> Iterator[str]:
    """Yield what a file was understood as, line by line: form, columns, codes, first rows."""
    if apercu.probleme:
        yield f"{apercu.fichier} : {apercu.probleme}."
        return
    yield f"{apercu.fichier} : {apercu.type_fichier}, profil d'import « {apercu.profil} »"
    yield f"Forme    : {_form(apercu)}"
    yield f"En-tête  : ligne {apercu.ligne_entete}"
    if apercu.feuilles_ignorees:
        yield f"Feuilles ignorées : {', '.join(apercu.feuilles_ignorees)}"
    yield from _columns(apercu)
    if apercu.codes:
        yield ""
        yield "Codes rencontrés dans les premières lignes"
        yield from (f"  {nom:<16} {', '.join(valeurs)}" for nom, valeurs in apercu.codes)
    yield from _rows(apercu)
    yield from _verdict(apercu)


def _form(apercu: Apercu) -> str:
    if apercu.feuille:
        return f"classeur, feuille « {apercu.feuille} »"
    return f"texte {apercu.encodage}, séparateur {apercu.separateur}"


def _columns(apercu: Apercu) -> Iterator[str]:
    yield ""
    yield "Colonnes reconnues"
    yield from (f"  {nom:<16} « {libelle} »" for nom, libelle in apercu.colonnes)
    yield from (f"  {texte} (donné par le profil)" for texte in apercu.fournies)
    if apercu.ignorees:
        yield f"Colonnes sans emploi, gardées à part : {', '.join(apercu.ignorees)}"


def _rows(apercu: Apercu) -> Iterator[str]:
    if not apercu.premieres:
        return
    yield ""
    yield "Premières lignes"
    for ligne, champs in apercu.premieres:
        yield f"  {ligne:>5}  {' | '.join(_cut(champ) for champ in champs)}"


def _cut(champ: str) -> str:
    plat = " ".join(champ.split())
    return plat if len(plat) <= _LARGEUR else plat[: _LARGEUR - 1] + "…"


def _verdict(apercu: Apercu) -> Iterator[str]:
    yield ""
    if not (apercu.manquantes or apercu.repetees):
        yield "Ce fichier peut être importé tel quel."
        return
    if apercu.manquantes:
        yield f"Colonnes obligatoires absentes : {', '.join(apercu.manquantes)}"
    if apercu.repetees:
        yield f"Colonnes présentes deux fois : {', '.join(apercu.repetees)}"
    yield "Tel quel, ce fichier bloquerait l'import."
    if apercu.profil_propose:
        yield "Profil d'import à compléter :"
        yield ""
        yield apercu.profil_propose.rstrip("\n")
