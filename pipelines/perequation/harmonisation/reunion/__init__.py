"""The harmonisation meeting: the file to fill in, its reading back, the record of what was decided.

Nothing here changes a mark: decisions are taken by people, and only written down.
"""

from perequation.harmonisation.reunion.application import file_marks, propose_marks
from perequation.harmonisation.reunion.compte_rendu import write_record
from perequation.harmonisation.reunion.preparation import prepare_decisions
from perequation.harmonisation.reunion.verification import check_decisions

__all__ = ["check_decisions", "file_marks", "prepare_decisions", "propose_marks", "write_record"]
