"""`marsad sources ...`: each verb in its module."""

from marsad.commands.sources.discovering import discover
from marsad.commands.sources.opml import export, import_
from marsad.commands.sources.shelf import add, catalogue
from marsad.commands.sources.states import check, list_

__all__ = ["add", "catalogue", "check", "discover", "export", "import_", "list_"]
