"""`python -m perequation`: the command."""

from perequation.cli import main

main()
