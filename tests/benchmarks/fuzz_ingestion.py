"""Mutate bytes at random and import: no traceback, no hang, no lost line.

    python tests/benchmarks/fuzz_ingestion.py [--secondes 30] [--graine 1]

Starts from the corpus of hostile files and from random ones. A seed that fails is printed, and its
files kept, so that it can be run again. A few seeds run with the tests (`test_mutations.py`).
"""

import argparse
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from unitaires.ingestion.fichiers_aleatoires import FichierAleatoire, damage, make_file
from unitaires.ingestion.montage import imported, make_dossier

from perequation.ingestion import preview

CORPUS = Path(__file__).resolve().parents[1] / "unitaires" / "ingestion" / "corpus"
PAR_IMPORT = 20
# In seconds, for a preview or an import; either takes well under one, or a few on a busy machine.
DELAI = 60


def draw_file(tirage: Random, sources: list[bytes]) -> FichierAleatoire:
    """Make one damaged file, several times damaged as often as not."""
    graine = tirage.randrange(2**32)
    fichier = (
        make_file(graine) if tirage.random() < 0.5 else FichierAleatoire(tirage.choice(sources), [])
    )
    for _ in range(tirage.choice([1, 1, 2, 5])):
        fichier = damage(fichier, tirage.randrange(2**32))
    return fichier


def run_once(
    graine: int, sources: list[bytes], racine: Path, apercus: int = PAR_IMPORT
) -> Counter[str]:
    """Look at some of a batch of damaged files, import them all and check the accounts."""
    tirage = Random(graine)
    fichiers = [draw_file(tirage, sources) for _ in range(PAR_IMPORT)]
    noms = [f"{tirage.choice(['candidats', 'notes'])}{i:02}.csv" for i in range(PAR_IMPORT)]
    dossier = make_dossier(racine, {nom: f.octets for nom, f in zip(noms, fichiers, strict=True)})
    for nom in noms[:apercus]:
        signal.alarm(DELAI)
        preview(racine / "donnees" / nom)
    signal.alarm(DELAI)
    with imported(dossier, staging=True) as con:
        faux = con.execute(
            "select fichier from marts.bilan_import "
            "where lignes_lues <> lignes_chargees + lignes_rejetees"
        ).fetchall()
        assert not faux, f"bilan faux : {faux}"
        regles = con.execute("select regle, count(*) from marts.rejet group by all").fetchall()
        lues = con.execute("select sum(lignes_lues), count(*) from raw.fichier").fetchone()
    signal.alarm(0)
    return Counter({**dict(regles), "lignes": int(lues[0]), "fichiers": lues[1]})


def read_sources() -> list[bytes]:
    """Return the hostile files to start from, the giant ones left out."""
    sources = [p.read_bytes() for p in sorted(CORPUS.iterdir()) if p.suffix != ".toml"]
    return [octets for octets in sources if len(octets) < 20_000]


def main() -> int:
    """Fuzz for a while; return 1 when something was found."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--secondes", type=float, default=30)
    options.add_argument("--graine", type=int, default=1)
    choix = options.parse_args()
    sources = read_sources()
    fin, graine, total = time.monotonic() + choix.secondes, choix.graine, Counter[str]()
    while time.monotonic() < fin:
        racine = Path(tempfile.mkdtemp(prefix="fuzz-"))
        try:
            total.update(run_once(graine, sources, racine))
        except BaseException:
            print(f"graine {graine} : fichiers gardés dans {racine}", file=sys.stderr)
            raise
        for chemin in sorted(racine.rglob("*"), reverse=True):
            chemin.rmdir() if chemin.is_dir() else chemin.unlink()
        racine.rmdir()
        graine += 1
    print(f"graines {choix.graine} à {graine - 1} : rien trouvé")
    for cle, nombre in sorted(total.items()):
        print(f"  {cle:24} {nombre}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
