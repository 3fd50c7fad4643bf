"""What is each article of a commit, and which story is it of? Decided of all of them, each seen by the next,
before anything is asked about their stories: many are then asked for at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from news.article import Article, Disposition
from news.filing import Filed
from news.story import Evidence, Relation, Sighting
from news.url import twin
from pipelines.correcting import is_correction
from pipelines.dedupe import Comparison, compare
from pipelines.grouping import Held, StoryIndex
from pipelines.keyfacts import added
from pipelines.normalise import article_id, story_id
from pipelines.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An article in its story. `known` is what was filed of it before. A repeat has no sighting, nor has it
    a place to take.

    What it means to the story as it was when the article came: `says_new` are key facts that no report had
    stated, in words; `corrects` tells whether it says of itself that it corrects its owner's report; `origin`
    is the report that it was held for a copy of."""

    reading: Reading
    article_id: str
    disposition: Disposition
    revision: int
    known: Filed | None = None
    sighting: Sighting | None = None
    says_new: str = ""
    corrects: bool = False
    origin: Held | None = None
    follows: str = ""

    @property
    def article(self) -> Article:
        return self.reading.article

    @property
    def opens(self) -> bool:
        """Whether it opens its story, of which nobody can have told then."""
        return self.sighting is not None and self.sighting.relation is Relation.OPENED


class Placing:
    """The articles of one commit, in their order. What it is told stays in the index, which the caller
    settles or undoes."""

    def __init__(self, index: StoryIndex, known: Mapping[str, Filed]) -> None:
        self._index, self._known = index, known
        self._filed: dict[str, Filed] = {}

    def place(self, reading: Reading, owner: str) -> Placed:
        """The next article; later ones see it."""
        url = reading.article.url
        known = self._filed.get(url) or self._filed.get(twin(url)) or self._known.get(url)
        own = known.article_id if known else article_id(url)
        if known is not None and known.url != url:
            reading = replace(reading, article=_as_known(reading.article, known.url))
        if known is None:
            placed = self._new(reading, own, owner)
        elif compare(known, reading.fingerprint) is Comparison.REPEAT:
            return Placed(
                reading=reading, article_id=own, disposition=Disposition.REPEAT, revision=known.revision, known=known
            )
        else:
            placed = self._revised(reading, known)
        assert placed.sighting is not None
        filed = self._filed[placed.article.url] = Filed.of(
            placed.article,
            placed.reading.fingerprint,
            placed.sighting,
            owner=owner,
            revision=placed.revision,
            sequence=self._index.sequence,
        )
        self._index.add(filed)
        return placed

    def _new(self, reading: Reading, own: str, owner: str) -> Placed:
        article = reading.article
        placement = self._index.place(article, reading.fingerprint, own)
        story, is_copy = self._index.story(placement.story_id), placement.relation is Relation.COPY
        return Placed(
            reading=reading,
            article_id=own,
            disposition=Disposition.COPY if is_copy else Disposition.NEW,
            revision=1,
            sighting=Sighting(
                article_id=own,
                story_id=placement.story_id or story_id(own),
                relation=placement.relation,
                evidence=placement.evidence,
                copy_of=placement.copy_of,
                regrouped=placement.regrouped,
            ),
            says_new=added(article.title, reading.fingerprint, story.said) if story and not is_copy else "",
            corrects=story is not None and owner in story.owners and is_correction(article.title, article.text),
            follows=placement.follows,
        )

    def _revised(self, reading: Reading, known: Filed) -> Placed:
        """A revision keeps its story: people were told under it."""
        if reading.article.published_at is None:
            # Read again without the feed's word for it.
            reading = replace(reading, article=replace(reading.article, published_at=known.published_at))
        return Placed(
            reading=reading,
            article_id=known.article_id,
            disposition=Disposition.REVISION,
            revision=known.revision + 1,
            known=known,
            sighting=Sighting(
                article_id=known.article_id,
                story_id=known.story_id,
                relation=Relation.COPY if known.copy_of else Relation.JOINED,
                evidence=Evidence(rule="a revision keeps its story", compared_with=known.article_id),
                copy_of=known.copy_of,
                regrouped=known.regrouped,
            ),
            origin=self._index.report(known.story_id, known.copy_of),
        )


def _as_known(article: Article, url: str) -> Article:
    """The article under the address by which it is known already; the one that it came by is an alias."""
    aliases = dict.fromkeys((*article.aliases, article.url))
    return replace(article, url=url, aliases=tuple(alias for alias in aliases if alias != url))
