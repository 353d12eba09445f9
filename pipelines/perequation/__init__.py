"""Péréquation: from a BTS session's rosters and marks to answers an exam office can defend."""

from importlib.metadata import version

__version__ = version("perequation")
