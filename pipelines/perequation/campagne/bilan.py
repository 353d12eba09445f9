"""What a campaign made: one object for programs (JSON), a short text for a mail, an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from perequation.campagne.session import SessionFaite, Statut
from perequation.socle.fichiers import write_whole
from perequation.socle.formats import format_count

# By how it ended, the gravest first: its exit code, what one such session is said to be, and many.
_ISSUES: dict[Statut, tuple[int, str, str]] = {
    "echec": (4, "en échec", "en échec"),
    "tenue": (5, "tenue par une autre exécution", "tenues par une autre exécution"),
    "attendue": (6, "en attente", "en attente"),
    "faite": (0, "faite", "faites"),
    "inchangee": (0, "inchangée", "inchangées"),
}
_NON_FAITES: dict[Statut, str] = {"echec": "Échecs", "tenue": "Tenues", "attendue": "En attente"}


@dataclass(frozen=True)
class BilanCampagne:
    """The sessions of a campaign, by name."""

    dossier: Path
    sessions: tuple[SessionFaite, ...]
    secondes: float = 0.0

    def with_status(self, *statuts: Statut) -> tuple[SessionFaite, ...]:
        """Return the sessions that ended in one of these ways."""
        return tuple(session for session in self.sessions if session.statut in statuts)

    @property
    def code(self) -> int:
        """0, or that of the gravest end: 4 some failed, 5 some are held, 6 some are awaited."""
        codes = (_ISSUES[statut][0] for statut in _ISSUES if self.with_status(statut))
        return next(codes, 0)

    @property
    def index(self) -> Path:
        """The page to open."""
        return self.dossier / "index.html"

    def write(self) -> None:
        """Write ``bilan.json`` and ``bilan.txt`` beside the index."""
        content = {
            "code": self.code,
            "secondes": round(self.secondes, 2),
            "sessions": [
                {nom: valeur for nom, valeur in asdict(session).items() if nom != "mots"}
                for session in self.sessions
            ],
        }
        text = json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n"
        write_whole(self.dossier / "bilan.json", text)
        write_whole(self.dossier / "bilan.txt", "\n".join(self.lines()) + "\n")

    def counts(self) -> Iterator[str]:
        """Yield how many sessions ended in each way."""
        for statut, (_, une, plusieurs) in _ISSUES.items():
            if count := len(self.with_status(statut)):
                yield format_count(count, une, plusieurs)

    def lines(self) -> Iterator[str]:
        """Yield a short French text, fit for an e-mail: no candidate in it."""
        yield f"Campagne : {format_count(len(self.sessions), 'session')} ({', '.join(self.counts())})."
        for statut, titre in _NON_FAITES.items():
            if concernees := self.with_status(statut):
                yield from ("", f"{titre} :")
                yield from (f"  - {session.nom} : {session.message}" for session in concernees)
        yield from self._steps()
        yield from self._awaited()
        yield from self._remaining()
        yield from self._again()
        yield from ("", f"À ouvrir : {self.index}")

    def _steps(self) -> Iterator[str]:
        """Yield what is missing for the next step of each session, unless it was said above."""
        manques = [s for s in self.sessions if s.manque and s.manque not in s.message]
        if manques:
            yield from ("", "Prochaine étape, et ce qui lui manque :")
        for session in sorted(manques, key=lambda s: (s.jour is None, s.jour, s.nom)):
            yield f"  - {session.nom} : {session.prochaine}"

    def _awaited(self) -> Iterator[str]:
        attendues = [session for session in self.sessions if session.attendus]
        if attendues:
            yield from ("", "Établissements dont des notes de CCF sont attendues :")
        for session in attendues:
            yield f"  - {session.nom}"
            yield from (f"      {attendu}" for attendu in session.attendus)

    def _remaining(self) -> Iterator[str]:
        a_examiner = [s for s in self.sessions if s.restants and s.restants.nb_restants]
        if a_examiner:
            yield from ("", "Écarts à examiner, sur les notes en vigueur :")
            yield from (f"  - {session.nom} : {session.restants}" for session in a_examiner)

    def _again(self) -> Iterator[str]:
        reprises = [session for session in self.sessions if session.reprise]
        if reprises:
            yield from ("", "Relancées, leur processus ayant été perdu en route :")
        for session in reprises:
            yield f"  - {session.nom} : {_ISSUES[session.statut][1]} ({session.reprise})"
