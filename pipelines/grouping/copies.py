"""Is a text a copy of one in the window? Issues of a daily template are not."""

from __future__ import annotations

from collections.abc import Mapping

from news.story import Evidence, Relation
from pipelines.dedupe import is_copy, is_series, share
from pipelines.grouping.hashes import HashIndex
from pipelines.grouping.held import Held
from pipelines.grouping.placement import Placement, are_other_states
from pipelines.settings import GroupingSettings


def find_copy(
    new: Held, hashes: HashIndex, known: Mapping[str, Held], settings: GroupingSettings
) -> tuple[Placement | None, set[str]]:
    """The placement of a copy, and the stories of whose series this is another issue: an outlet's own
    template of another day. Another outlet's like text with other numbers is only no copy."""
    text = new.content
    own = text.shingles.tolist()
    counts = hashes.shared(own, settings.common_hash)
    counts.pop(new.article_id, None)
    enough = ((known[name], count) for name, count in counts.items() if count >= settings.copy_least)
    found = [
        (part, count, other)
        for other, count in enough
        if is_copy(part := share(count, len(own), len(other.content.shingles)), count, settings)
    ]
    series: set[str] = set()
    for part, count, other in sorted(found, key=lambda like: (-like[0], like[2].at, like[2].article_id)):
        its, apart = other.content, abs(new.at - other.at)
        if is_series(text.numbers, its.numbers, apart, settings):
            if other.source == new.source:
                series.add(other.story_id)
            continue
        elsewhere = text.places and its.places and not set(its.places) & set(text.places)
        numbers = text.title_numbers and its.title_numbers and not set(its.title_numbers) & set(text.title_numbers)
        if numbers and apart > settings.numbers_apart:
            continue  # the like happened again
        if other.story_id in series or elsewhere or are_other_states(text.title_actors, its.title_actors):
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
