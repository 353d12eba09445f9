"""Long work in a child process: the command itself, followed by its log, which can be cancelled.

The child is `perequation COMMANDE DOSSIER`: same lock, same sentences, same exit codes, and nothing
half-published when it is stopped.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: What the commands log before their reports, in steps (held by a test against a real run).
ETAPES = {"executer": 10}
_COMPUTATION = 60
_PATIENCE = 15.0
_LINES = 400
_LAST_WORDS = 3.0


@dataclass
class Execution:
    """A command under way, or the last one that ended.

    Attributes
    ----------
    titre
        What is being done, in French.
    commande
        The command and its options, without the folder.
    code
        Its exit code; None while it runs.
    lignes
        What it said last.
    annulee
        Whether someone asked it to stop.
    est_dite
        Whether a page has told how it ended.
    """

    titre: str
    commande: tuple[str, ...]
    process: "subprocess.Popen[str]"
    journaux: Path
    avant: frozenset[str]
    lignes: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES))
    code: int | None = None
    annulee: bool = False
    est_dite: bool = False
    debut: float = field(default_factory=time.monotonic)
    secondes: float = 0.0

    @property
    def en_cours(self) -> bool:
        """Whether it still runs."""
        return self.code is None

    def read_progress(self) -> "Avancement":
        """Say how far it is, from its log."""
        events = list(self._events())
        steps = [e["message"] for e in events if e["niveau"] == "debug" and "secondes" in e]
        reports = [e["rapport"] for e in events if "rapport" in e]
        planned = next((e["rapports"] for e in events if "rapports" in e), 0)
        expected = ETAPES.get(self.commande[0], 0)
        if planned or reports:
            planned = max(planned, len(reports))
            if reports and len(reports) == planned:
                return Avancement(100, "Rapports faits : derniers documents")
            last = f" : {reports[-1]} est fait" if reports else ""
            # Most of the time goes to the computation, when there is one.
            before = _COMPUTATION if expected else 0
            share = before + (100 - before) * len(reports) // planned
            return Avancement(share, f"Rapport {len(reports) + 1} sur {planned}{last}")
        if not steps:
            return Avancement(0, "Démarrage")
        done = min(len(steps), expected)
        share = _COMPUTATION * done // expected if expected else 0
        return Avancement(share, f"Étape {done} sur {expected} : {steps[-1]}")

    def _events(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of the log that this run opened; none before it does."""
        motif = f"*-{self.commande[0]}.jsonl"
        ours = sorted(p for p in self.journaux.glob(motif) if p.name not in self.avant)
        if not ours:
            return
        with suppress(OSError):
            for line in ours[0].read_text("utf-8", errors="replace").splitlines():
                with suppress(ValueError):
                    yield json.loads(line)


@dataclass(frozen=True)
class Avancement:
    """How far a run is: a share of it, in per cent, and where that is in words."""

    part: int
    mots: str


class Works:
    """The command under way in each session folder, at most one in each."""

    def __init__(self) -> None:
        self._last: dict[str, Execution] = {}

    def start(self, session: str, folder: Path, titre: str, *commande: str) -> Execution:
        """Start a command on a session folder; one already under way goes on instead."""
        current = self._last.get(session)
        if current is not None and current.en_cours:
            return current
        logs = folder / "sortie" / "journal"
        started = Execution(
            titre,
            commande,
            _spawn(commande[0], str(folder), *commande[1:]),
            logs,
            frozenset(p.name for p in logs.glob("*.jsonl")),
        )
        self._last[session] = started
        threading.Thread(target=_follow, args=(started,), daemon=True).start()
        return started

    def last(self, session: str) -> Execution | None:
        """Return the command under way in a session, or the last one."""
        return self._last.get(session)

    def is_news(self, session: str) -> bool:
        """Say whether a command has ended that no page has told of yet; asked once."""
        last = self._last.get(session)
        if last is None or last.en_cours or last.est_dite:
            return False
        last.est_dite = True
        return True

    def forget(self, session: str) -> None:
        """Forget a command that ended: its outcome was read."""
        last = self._last.get(session)
        if last is not None and not last.en_cours:
            del self._last[session]

    def cancel(self, session: str) -> None:
        """Interrupt the command under way, as Ctrl-C does; it is killed if it doesn't end."""
        current = self._last.get(session)
        if current is None or not current.en_cours:
            return
        current.annulee = True
        _signal(current.process, "SIGINT")
        threading.Thread(target=_insist, args=(current.process,), daemon=True).start()

    @property
    def busy(self) -> bool:
        """Whether a command is under way somewhere."""
        return any(e.en_cours for e in self._last.values())

    def close(self) -> None:
        """Interrupt everything, and wait for it."""
        running = [nom for nom, e in self._last.items() if e.en_cours]
        for nom in running:
            self.cancel(nom)
        for nom in running:
            with suppress(subprocess.TimeoutExpired):
                self._last[nom].process.wait(_PATIENCE + 5)


def _spawn(*arguments: str) -> "subprocess.Popen[str]":
    # A group of its own: what stops it stops those it started, and not the page.
    is_windows = os.name == "nt"
    return subprocess.Popen(
        [sys.executable, "-m", "perequation", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=os.environ | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
        start_new_session=not is_windows,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def _follow(execution: Execution) -> None:
    """Keep what a child says, and how it ends.

    It has ended when it says so itself: those it started may hold its output a while longer.
    """
    listening = threading.Thread(target=_listen, args=(execution,), daemon=True)
    listening.start()
    code = execution.process.wait()
    listening.join(_LAST_WORDS)
    execution.secondes = time.monotonic() - execution.debut
    execution.code = code


def _listen(execution: Execution) -> None:
    assert execution.process.stdout is not None
    with execution.process.stdout as said:
        for line in said:
            if line.strip():
                execution.lignes.append(line.rstrip())


def _insist(process: "subprocess.Popen[str]") -> None:
    for name in ("SIGTERM", "SIGKILL"):
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
            return
        _signal(process, name)


def _signal(process: "subprocess.Popen[str]", name: str) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            if name == "SIGINT":
                process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
            else:
                process.kill()
        else:
            os.killpg(process.pid, getattr(signal, name))
