"""`perequation bureau`: a page on this machine, for those who don't type commands.

It calls what the commands call and knows no rule of its own; nothing imports it but the command.
"""
