"""`python -m perequation.cli`."""

from perequation.cli import main

main()
