"""A process that simply stops: what is registered is done, said and coded; nothing is taken apart."""

import os
import subprocess
import sys

SCRIPT = """
import atexit
from perequation.socle import processus

class Large:
    def __del__(self):
        print("défait")

processus.end_at_once()
atexit.register(print, "fait")
kept = Large()
print("dit")
{}
"""


def run(ending: str) -> tuple[int, list[str]]:
    commande = (sys.executable, "-X", "utf8", "-c", SCRIPT.format(ending))
    # What is printed waits to be written, as in any redirected command.
    environ = {nom: valeur for nom, valeur in os.environ.items() if nom != "PYTHONUNBUFFERED"}
    done = subprocess.run(commande, check=False, capture_output=True, encoding="utf-8", env=environ)
    return done.returncode, done.stdout.splitlines()


def test_a_process_that_ends_at_once_does_what_was_registered_and_no_more() -> None:
    assert run("processus.end_with(6)") == (6, ["dit", "fait"])


def test_a_process_that_nobody_ended_so_ends_as_any_other() -> None:
    assert run("") == (0, ["dit", "fait", "défait"])


def test_an_output_nobody_reads_is_still_told() -> None:
    code = (
        "import os; r, w = os.pipe(); os.close(r); os.dup2(w, 1); print('x'); processus.end_with(0)"
    )
    assert run(code)[0] == 120
