"""Articles -> stories: copies of one text, reports of one event, across languages."""

from pipelines.grouping.held import Held
from pipelines.grouping.index import StoryIndex
from pipelines.grouping.placement import Placement
from pipelines.settings import GroupingSettings

__all__ = ["GroupingSettings", "Held", "Placement", "StoryIndex"]
