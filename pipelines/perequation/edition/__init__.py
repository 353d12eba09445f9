"""From notebooks to the published pack: Papermill engine, pages, index, PDF, batch."""

from typing import TYPE_CHECKING, Any

from perequation.socle.extras import require_extra

if TYPE_CHECKING:
    from perequation.edition.bilan import BilanEdition
    from perequation.edition.lot import publish_quality, publish_reports

__all__ = ["BilanEdition", "publish_quality", "publish_reports"]


def __getattr__(name: str) -> Any:
    """Import the batch only when it is asked for: notebooks and Papermill need this package too."""
    if name in {"publish_quality", "publish_reports"}:
        # Nothing else needs Papermill: here is where its absence is said.
        require_extra("rapports")
        from perequation.edition import lot

        return getattr(lot, name)
    if name == "BilanEdition":
        from perequation.edition.bilan import BilanEdition

        return BilanEdition
    raise AttributeError(name)
