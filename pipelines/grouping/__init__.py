"""Articles -> stories: copies of one text, reports of one event, across languages."""

from pipelines.grouping.index import Placement, StoryIndex
from pipelines.settings import GroupingSettings

__all__ = ["GroupingSettings", "Placement", "StoryIndex"]
