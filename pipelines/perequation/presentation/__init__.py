"""Tables, charts, sentences and French formats of the reports; nothing is computed here."""
