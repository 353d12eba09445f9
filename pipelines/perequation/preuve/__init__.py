"""A session as one file, and the proof that its results come out of it again."""

from perequation.preuve.archive import archive_session
from perequation.preuve.verification import Constat, verify_archive

__all__ = ["Constat", "archive_session", "verify_archive"]
