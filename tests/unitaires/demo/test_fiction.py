"""No real school, place or person stands beside invented marks."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from perequation.demo import list_sessions, load_faits
from perequation.demo.faits import DOSSIER_FAITS

pytestmark = pytest.mark.entier

# First 12 hex digits of the SHA-256 of the words that make the circulars' establishments, towns
# and officials recognisable, and of the UAIs they print: the words themselves are not kept here.
_TEXTE = """
    001a7108e881 012631e24a46 018e745845d9 075cdbceb715 0869100ad3a9 0898efb21475
    0b02fff6151f 0cd35da1555f 0e220935b904 1571e2e663aa 163f068d0dc3 174ede02ea12
    17b8c003770b 1d9c5474450a 2077c31fc357 22c2c25b8ccf 24275c51bad0 24d1a11a1c7a
    26383cfaf331 27ba87e8385a 283667414c0a 298f8b69793a 29b9ddc8b7d5 2a4d1040dbb8
    2b231a669b85 2e914371ed72 31aa7710195f 3d50a088fb8b 3e50995f7258 3e856d75dbf8
    3fd725a89717 43832fb1c56c 47638af6fe7a 51a83e1202c3 56580f56e75c 579e901c31bd
    58b6c7f94a54 5ebd10d73f58 626e57b7df39 666b38b21f8e 66814f1aae87 6717389ab8f1
    70770aa0b3b9 7501778b303b 7551f45d1f67 7569bf2fa08a 7732132efab3 7b0498da3fd3
    7c8045a66fcb 7d0ab0deba80 7fed5d2eb677 872b092c91b9 8b0f871399b3 8b8fb4e7083f
    8c4fd8b2c24f 8c4fdf0ede48 8c658eaa2256 8e0a1b0ada42 93fcbb68e847 9615e9587379
    a174a7e632ed a52882e9c82f a7f857942310 b01ecf52d931 bc2fc4ae52c8 bd8bf4f1e8c6
    c0a6ee49be11 c0e3bfa04303 cb1e0051b7b9 cdde0a60b847 cf88c400da6b e099eed9a257
    e5dc944f4a5f e897c2756d5b e984c7cca423 ee8a1c3b03d2 eec1bdb5ca1b ef1ee4083c10
    f0e5db77aba8 f55bed19d7a7 f6360a19483f f65bcefd4e11 f75e4c821eb2 f93d9abf0cf7
    ff06535ac102
"""
EMPREINTES = frozenset(_TEXTE.split())
LETTRES = "ABCDEFGHJKLMNPRSTUVWXYZ"


def find_words(texte: str) -> Iterator[str]:
    sans_accents = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode()
    yield from set(re.findall(r"[a-z0-9]+", sans_accents.lower()))


def find_real(texte: str) -> set[str]:
    return {
        mot
        for mot in find_words(texte)
        if hashlib.sha256(mot.encode()).hexdigest()[:12] in EMPREINTES
    }


def decode(chemin: Path) -> str:
    contenu = chemin.read_bytes()
    try:
        return contenu.decode("utf-8")
    except UnicodeDecodeError:
        return contenu.decode("cp1252")


def test_le_filtre_reconnait_un_nom_reel():
    # Letters shifted by one, so that the name is not written here.
    ville = "".join(chr(ord(lettre) - 1) for lettre in "cbtujb")
    assert find_real(f"Lycée de {ville.capitalize()}") == {ville}


@pytest.mark.parametrize("chemin", sorted(DOSSIER_FAITS.glob("*.toml")), ids=lambda c: c.stem)
def test_aucun_nom_reel_dans_les_faits(chemin):
    assert find_real(decode(chemin)) == set()


def test_aucun_nom_reel_dans_les_fichiers(session):
    fichiers = [chemin for chemin in session.racine.rglob("*") if chemin.is_file()]
    assert {mot for chemin in fichiers for mot in find_real(decode(chemin))} == set()


@pytest.mark.parametrize("nom", list_sessions())
def test_uai_valides_d_un_departement_inexistant(nom):
    uais = [e.uai for e in load_faits(nom).etablissements if e.uai]
    assert len(uais) == len(set(uais))
    for uai in uais:
        assert re.fullmatch(r"096\d{4}[A-Z]", uai)
        assert uai[-1] == LETTRES[int(uai[:7]) % 23]


def test_le_lisezmoi_dit_ce_qui_est_invente(session):
    texte = (session.racine / "LISEZMOI.md").read_text(encoding="utf-8")
    assert "inventé" in texte
    assert "096" in texte
