"""A story of hundreds of reports: what it says is counted, so that no report needs a look at the others."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from news.filing import Filed
from pipelines.fingerprint import fingerprint
from pipelines.grouping import Held, LiveStory, Said
from pipelines.grouping.held import content, held
from pipelines.grouping.placement import veto
from pipelines.grouping.vocabulary import Vocabulary
from pipelines.keyfacts import added
from pipelines.settings import GroupingSettings
from tests.samples import NOW, article

CITIES = ("Kirkuk", "Basra", "Mosul")
LANGUAGES = ("en", "kmr")


class Shelf:
    """A story and the vocabularies that its numbers mean something in."""

    def __init__(self) -> None:
        self.words, self.features = Vocabulary(), Vocabulary(lambda key: 0.1, lambda key: 1.0)
        self.story = LiveStory("s1", 0)

    def report(self, number: int) -> Held:
        at = NOW + timedelta(minutes=17 * number % 400)
        title = f"{number + 2} held after raid in {CITIES[number % 3]}"
        one = article(f"n{number}", title=title, text=f"Police said so of {number % 9}5 men.", published_at=at)
        facts: dict[str, Any] = {
            "sequence": number, "article_id": f"a{number}", "story_id": "s1", "url": one.url, "outlet": one.outlet,
            "owner": f"owner{number % 4}", "source": one.source, "title": one.title, "language": LANGUAGES[number % 2],
            "revision": 1, "published_at": at, "fetched_at": at, "fingerprint": fingerprint(one),
        }  # fmt: skip
        filed = Filed(**facts)
        return held(filed, content(filed.fingerprint, self.words, self.features))

    def add(self, one: Held) -> None:
        self.story.add(one, self.words, self.features)

    def remove(self, one: Held) -> None:
        self.story.remove(one, self.words, self.features)


def test_what_came_and_went_leaves_what_the_others_say() -> None:
    shelf, fresh = Shelf(), Shelf()
    reports = [shelf.report(number) for number in range(60)]
    coming, going = list(reports), reports[::3]
    random.Random(1).shuffle(coming)
    random.Random(2).shuffle(going)
    for one in coming:
        shelf.add(one)
    for one in going:
        shelf.remove(one)
    staying = [one for one in reports if one not in going]
    for one in staying:
        fresh.add(one)
    story, other = shelf.story, fresh.story
    assert (story.said, story.owners, story.title_numbers) == (other.said, other.owners, other.title_numbers)
    assert story.last_at == max(one.at for one in staying)
    for language in LANGUAGES:
        latest = sorted(
            (o for o in staying if o.language == language), key=lambda o: (o.at, o.article_id), reverse=True
        )
        assert list(story.latest(language, 7)) == latest[:7]
    assert list(story.latest("ar", 7)) == []
    for one in staying:
        shelf.remove(one)
    assert (story.said, story.owners, story.title_numbers, story.last_at) == (Said(), {}, {}, None)
    assert not story.profiles


def test_a_headline_is_measured_against_all_that_was_said() -> None:
    shelf = Shelf()
    for number in range(40):
        shelf.add(shelf.report(number))
    fresh = fingerprint(article("x", title="99 held after raid in Basra", text="Police said so."))
    assert added("99 held after raid in Basra", fresh, shelf.story.said) == "new number: 99"
    assert added("41 held after raid in Basra", fresh, shelf.story.said) == ""


def test_a_veto_names_a_few_of_many_numbers() -> None:
    shelf = Shelf()
    for number in range(40):
        shelf.add(shelf.report(number))
    one = article("y", title="987 held after raid", text="Police said so.", published_at=NOW + timedelta(days=3))
    late = Filed(
        sequence=99, article_id="ay", story_id="", url=one.url, outlet=one.outlet, owner="", source=one.source,
        title=one.title, language="en", revision=1, published_at=one.published_at, fetched_at=NOW,
        fingerprint=fingerprint(one),
    )  # fmt: skip
    why = veto(held(late, content(late.fingerprint, shelf.words, shelf.features)), shelf.story, GroupingSettings())
    assert why.startswith("other numbers in the title (10, 11, 12, ")
    assert why.endswith("\u2026), another day")
