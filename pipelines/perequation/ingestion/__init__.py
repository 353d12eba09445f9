"""From the files offices really send to `raw.*`: text, file and line, nothing lost."""

from perequation.ingestion.apercu.apercu import Apercu, kinds_of, preview
from perequation.ingestion.apercu.essai import Essai
from perequation.ingestion.importation import import_files

__all__ = ["Apercu", "Essai", "import_files", "kinds_of", "preview"]
