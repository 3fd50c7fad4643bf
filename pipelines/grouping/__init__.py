"""Articles -> stories: copies of one text, reports of one event, across languages."""

from pipelines.grouping.held import Held
from pipelines.grouping.index import StoryIndex
from pipelines.grouping.placement import Placement
from pipelines.grouping.said import Said
from pipelines.grouping.story import LiveStory
from pipelines.settings import GroupingSettings

__all__ = ["GroupingSettings", "Held", "LiveStory", "Placement", "Said", "StoryIndex"]
