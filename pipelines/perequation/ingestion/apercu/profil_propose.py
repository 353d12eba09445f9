"""Write a proposed import profile as TOML."""

import json
from collections.abc import Iterable, Sequence
from itertools import chain

from perequation.ingestion.apercu.proposition import Proposition


def write_profile(
    fichier: str,
    proposition: Proposition,
    precisions: dict[str, int | str],
    codes_inconnus: Iterable[tuple[str, str]] = (),
) -> str:
    """Write a proposition as a profile to save.

    Parameters
    ----------
    fichier
        Name of the file it was made from.
    proposition
        What was found.
    precisions
        What can't be found again without being told: entete, separateur, feuille.
    codes_inconnus
        Column and value of codes the import doesn't know.
    """
    table, disposition = proposition.table, proposition.disposition
    manquantes = proposition.manquantes
    section: list[str] = [f"{key} = {_toml(valeur)}" for key, valeur in precisions.items()]
    if disposition.large:
        section.append('large = ["*"]  # une colonne par épreuve')
    colonnes = [
        f"{nom} = {_toml(disposition.colonnes[nom])}"
        for nom in table.noms
        if nom in proposition.colonnes
    ] + [f'# {nom} = ["…"]  # reste à dire' for nom in manquantes]
    constantes = [f"{nom} = {_toml(valeur)}" for nom, valeur in proposition.constantes.items()]
    constantes += [f'# {nom} = "…"  # ou ici, la même pour tout le fichier' for nom in manquantes]
    lignes = [
        f"# Proposé d'après {fichier}. Relisez-le, enregistrez-le dans profils/maison.toml à côté",
        '# de session.toml, puis dites [donnees] profil = "maison".',
        'base = "perequation"',
        *_block(table.nom, section),
        *_block(f"{table.nom}.colonnes", colonnes),
        *_block(f"{table.nom}.constantes", constantes),
        *_codes(table.nom, codes_inconnus),
    ]
    return "\n".join(lignes) + "\n"


def write_codes(type_fichier: str, profil: str, codes_inconnus: Iterable[tuple[str, str]]) -> str:
    """Write the profile that says what some codes mean; an empty text when all are known.

    Parameters
    ----------
    type_fichier
        The kind of file.
    profil
        The profile that reads the rest.
    codes_inconnus
        Column and value of codes the import doesn't know.
    """
    codes = _codes(type_fichier, codes_inconnus)
    if not codes:
        return ""
    return "\n".join([f"base = {_toml(profil)}", *codes]) + "\n"


def _codes(type_fichier: str, inconnus: Iterable[tuple[str, str]]) -> list[str]:
    codes: dict[str, list[str]] = {}
    for colonne, valeur in inconnus:
        codes.setdefault(colonne, []).append(f'# {_toml(valeur)} = "…"')
    return list(
        chain.from_iterable(_block(f"{type_fichier}.codes.{c}", v) for c, v in codes.items())
    )


def _block(titre: str, lignes: Sequence[str]) -> list[str]:
    return ["", f"[{titre}]", *lignes] if lignes else []


def _toml(valeur: object) -> str:
    """Write a text, a number or a list of texts: TOML has JSON's strings."""
    return json.dumps(valeur, ensure_ascii=False)
