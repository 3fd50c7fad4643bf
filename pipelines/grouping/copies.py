"""Is a text a copy of one in the window? Issues of a daily template are not."""

from __future__ import annotations

from collections.abc import Mapping

from news.story import Evidence, Relation
from pipelines.dedupe import is_copy, is_series, share
from pipelines.grouping.hashes import HashIndex
from pipelines.grouping.placement import Placement
from pipelines.grouping.story import Held
from pipelines.settings import GroupingSettings


def find_copy(
    new: Held, hashes: HashIndex, known: Mapping[str, Held], settings: GroupingSettings
) -> tuple[Placement | None, set[str]]:
    """The placement of a copy, and the stories of whose series this is another issue: an outlet's own
    template of another day. Another outlet's like text with other numbers is only no copy."""
    own = new.shingles.tolist()
    counts = hashes.shared(own, settings.common_hash)
    counts.pop(new.article_id, None)
    found = [
        (part, count, known[name])
        for name, count in counts.items()
        if is_copy(part := share(count, len(own), len(known[name].shingles)), count, settings)
    ]
    series: set[str] = set()
    for part, count, other in sorted(found, key=lambda like: (-like[0], like[2].at, like[2].article_id)):
        apart = abs(new.at - other.at)
        if is_series(new.numbers, other.numbers, apart, settings):
            if other.source == new.source:
                series.add(other.story_id)
            continue
        elsewhere = new.places and other.places and not set(other.places) & set(new.places)
        numbers = new.title_numbers and other.title_numbers and not set(other.title_numbers) & set(new.title_numbers)
        if numbers and apart > settings.numbers_apart:
            continue  # the like happened again
        if other.story_id in series or elsewhere:
            continue
        evidence = Evidence(
            rule="same text",
            score=round(part, 3),
            threshold=settings.copy_share,
            compared_with=other.article_id,
            shared={"passages": (f"{count} of {len(own)}",)},
            hours=round(apart.total_seconds() / 3600, 1),
        )
        origin = other.copy_of or other.article_id
        return Placement(other.story_id, Relation.COPY, evidence, origin), series
    return None, series
