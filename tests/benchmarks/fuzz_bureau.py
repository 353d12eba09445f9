"""Draw files of marks as offices send them: no wrong mark published, no filled cell lost.

    python tests/benchmarks/fuzz_bureau.py [--secondes 30] [--graine 1]

A seed that fails is printed, and its files kept. A few seeds run with the tests
(`test_fichiers_de_bureau.py`).
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from unitaires.ingestion.fichiers_de_bureau import (
    ENCODAGES,
    PROFIL,
    FichierDeBureau,
    encode,
    make_office_file,
    make_roster,
    prenom,
    write_folder,
)
from unitaires.ingestion.montage import imported

from perequation.socle.dossier import open_dossier

PAR_IMPORT = 8
CANDIDATS_PAR_FICHIER = 6


def run_once(graine: int, racine: Path) -> Counter[str]:
    """Import a batch of files; see that each mark is the one written, and that none is lost."""
    fichiers = [
        make_office_file(
            graine * 1000 + n, range(n * CANDIDATS_PAR_FICHIER, (n + 1) * CANDIDATS_PAR_FICHIER), n
        )
        for n in range(PAR_IMPORT)
    ]
    profil = (
        PROFIL.replace("large =", "convertir_baremes = true\nlarge =") if graine % 2 else PROFIL
    )
    liste = make_roster(PAR_IMPORT * CANDIDATS_PAR_FICHIER)
    encodage = ENCODAGES[graine % len(ENCODAGES)]
    write_folder(racine, encode(liste, encodage), profil)
    for fichier in fichiers:
        (racine / "donnees" / fichier.nom).write_bytes(fichier.octets)
    total = Counter[str]()
    with imported(open_dossier(racine), staging=True) as con:
        chargees: dict[str, dict[tuple[str, str], Decimal]] = {}
        for nom, numero, epreuve, note in con.execute(
            "select coalesce(classeur, fichier), numero_candidat, epreuve, note "
            "from staging.note join raw.fichier using (fichier)"
        ).fetchall():
            chargees.setdefault(nom, {})[numero, epreuve] = note
        for numero, lu in con.execute(
            "select numero_candidat, prenom from staging.candidat"
        ).fetchall():
            assert lu == prenom(int(numero[-4:]) - 1), f"{encodage} : prénom {lu}"
        bilans = {
            nom: (lues, rejetees)
            for nom, lues, rejetees in con.execute(
                "select coalesce(f.classeur, b.fichier), sum(b.lignes_lues)::bigint, "
                "sum(b.lignes_rejetees)::bigint from marts.bilan_import as b "
                "join raw.fichier as f using (fichier, type_fichier) group by all"
            ).fetchall()
        }
        refus = dict(
            con.execute(
                "select fichier, list(regle) from raw.rejet where rang is null group by fichier"
            ).fetchall()
        )
    for fichier in fichiers:
        nom = f"donnees/{fichier.nom}"
        total += _judge(fichier, chargees.get(nom, {}), bilans[nom], refus.get(nom, []))
    return total


def _judge(
    fichier: FichierDeBureau,
    chargees: dict[tuple[str, str], Decimal],
    bilan: tuple[int, int],
    refus: list[str],
) -> Counter[str]:
    """Compare what was published of a file with what was written in it."""
    formes = ", ".join(sorted(f for f, n in fichier.formes.items() if n))
    fausses = {cle: note for cle, note in chargees.items() if fichier.notes.get(cle) != note}
    assert not fausses, f"{fichier.nom} ({formes}) : notes fausses {fausses}"
    lues, rejetees = bilan
    assert lues == len(chargees) + rejetees, f"{fichier.nom} ({formes}) : bilan faux"
    perdues = len(fichier.notes) - lues
    assert perdues <= 0 or refus, f"{fichier.nom} ({formes}) : {perdues} notes perdues"
    return Counter(
        {
            **fichier.formes,
            "notes": len(fichier.notes),
            "chargées": len(chargees),
            "rejetées": rejetees,
        }
    ) + Counter(refus)


def main() -> int:
    """Draw for a while; return 1 when something was found."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--secondes", type=float, default=30)
    options.add_argument("--graine", type=int, default=1)
    options.add_argument(
        "--continuer", action="store_true", help="dire ce qui est trouvé, et continuer"
    )
    choix = options.parse_args()
    fin, graine, total, trouves = time.monotonic() + choix.secondes, choix.graine, Counter[str](), 0
    while time.monotonic() < fin:
        racine = Path(tempfile.mkdtemp(prefix="bureau-"))
        try:
            total.update(run_once(graine, racine))
            shutil.rmtree(racine)
        except AssertionError as erreur:
            trouves += 1
            print(f"graine {graine} : fichiers gardés dans {racine}\n  {erreur}", file=sys.stderr)
            if not choix.continuer:
                raise
        graine += 1
    print(f"graines {choix.graine} à {graine - 1} : {trouves or 'rien'} trouvé")
    for cle, nombre in sorted(total.items()):
        print(f"  {cle:28} {nombre}")
    return int(trouves > 0)


if __name__ == "__main__":
    raise SystemExit(main())
