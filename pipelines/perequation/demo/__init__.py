"""Demonstration sessions: synthetic candidates and marks on the circulars' real structure."""

from perequation.demo.faits import Faits, list_sessions, load_faits
from perequation.demo.generateur import make_session, write_faits

__all__ = ["Faits", "list_sessions", "load_faits", "make_session", "write_faits"]
