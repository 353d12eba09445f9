"""What the page reads of a run that the commands made."""

import json
from pathlib import Path

from perequation.bureau.work import ETAPES


def test_the_progress_counts_the_steps_of_a_run(publie: Path) -> None:
    """`executer` is these three commands, then the reports, one by one."""
    logs = sorted((publie / "sortie" / "journal").glob("*.jsonl"))
    events = [json.loads(line) for log in logs for line in log.read_text("utf-8").splitlines()]
    steps = [e["message"] for e in events if e["niveau"] == "debug" and "secondes" in e]
    assert len(steps) == ETAPES["executer"]
