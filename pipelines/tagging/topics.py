"""What an article is about: the actors that take part, the themes and the kinds of act, with their words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from news.tag import Span
from pipelines.tagging.lexicon import Entry
from pipelines.tagging.zones import Page, Placed

SPANS = 12
"""Spans kept per reason: enough to see why, small enough to send."""
SUBTYPE_SHARE = 0.7
"""A second kind counts if it weighs this much of the first (tried 0.4 to 0.8 on labelled items)."""
FIRST_LINES = 700
"""Characters of the text in which one mention makes a theme."""
WITHIN = {"KRG": "IQ", "SDF": "SY"}
"""Parties that are part of a state, with it: who follows the state wants to know of them."""
NEAR = 3
"""Words between a cue and the name it belongs to."""
GENERAL = frozenset({"policing", "defence"})
"""Themes that most of this news touches on."""
FEW = 1
"""Themes beside which a general one is still worth telling."""
_TOGETHER = {
    "extradition": ("act.extradition", "security.suspects"),
    "policing": ("offices.interior", "security.core"),
}
"""Themes made of two lists: the first's words tell it where a word of the second stands too."""
_HANDED_OVER = frozenset({"security.suspects", "security.extradition"})
"""Lists that tell of people handed over."""
_ZONE_WEIGHT = {"title": 4, "lead": 2, "body": 1}


def actors_of(page: Page) -> dict[str, tuple[Span, ...]]:
    """States and bodies that act, by id: those in the title but for what is named aside (`amid China's
    influence`), those named twice, or the few named at all. Armed groups only where no two states act.
    A party within a state brings the state along."""
    found: dict[str, list[Placed]] = defaultdict(list)
    for placed in page.hits(name for name, hits in page.by_list.items() if hits[0].pattern.id):
        if placed.zone != "body":
            found[placed.pattern.id].append(placed)
    groups = {key for key, named in found.items() if named[0].pattern.lexicon.startswith("groups.")}
    states = {key: named for key, named in found.items() if key not in groups}
    acting = {key: named for key, named in states.items() if _acts(key, named, states)}
    acting = _without_asides(acting, page)
    if len(acting) < 2:
        acting |= {key: found[key] for key in groups if any(p.field == "title" for p in found[key])}
    acting |= {WITHIN[key]: named for key, named in acting.items() if key in WITHIN and WITHIN[key] not in acting}
    return {key: tuple(page.span(placed, "states") for placed in named[:SPANS]) for key, named in acting.items()}


def _acts(key: str, named: Sequence[Placed], found: Mapping[str, Sequence[Placed]]) -> bool:
    """A state is one of few already if two are named, a body (no ISO code of two letters) if it is alone."""
    few = 2 if len(key) == 2 else 1
    return len(found) <= few or len(named) >= 2 or any(placed.field == "title" for placed in named)


def _without_asides(acting: dict[str, list[Placed]], page: Page) -> dict[str, list[Placed]]:
    cues = [placed for placed in page.by_list.get("context.aside", ()) if placed.field == "title"]
    aside = {
        key
        for key, named in acting.items()
        if cues and len(named) == 1 and any(0 < named[0].word - cue.word <= NEAR for cue in cues)
    }
    return {k: named for k, named in acting.items() if k not in aside} if len(acting) - len(aside) >= 2 else acting


def themes_of(entries: Mapping[str, Entry], page: Page) -> dict[str, tuple[Span, ...]]:
    """Themes that the title or the first lines name, or the text twice. The name of a secret service says
    who, not what; ships and jets of a drill are no arms deal; police and armies are told where the title
    has them or hardly a theme else."""
    services = page.by_list.get("offices.intelligence", ())
    found: dict[str, dict[tuple[str, int], Placed]] = {}
    for placed in page.hits(name for name in page.by_list if name in entries and entries[name].themes):
        if placed.pattern.lexicon != "security.intelligence" or not _is_within(placed, services):
            for theme in entries[placed.pattern.lexicon].themes:
                found.setdefault(theme, {})[(placed.field, page.start(placed))] = placed
    titled = {theme for theme, named in found.items() if any(field == "title" for field, _ in named)}
    for theme, (one, other) in _TOGETHER.items():
        if one in page.by_list and other in page.by_list:
            found.setdefault(theme, {}).update({(p.field, page.start(p)): p for p in page.by_list[one]})
    told = {theme: named for theme, named in found.items() if _weighs(named)}
    if "exercise" in told and "arms" not in titled:
        told.pop("arms", None)
    few = len(told.keys() - GENERAL) <= FEW
    return {
        theme: tuple(page.span(placed, "theme") for placed in list(named.values())[:SPANS])
        for theme, named in told.items()
        if few or theme not in GENERAL or theme in titled
    }


def _is_within(placed: Placed, others: Iterable[Placed]) -> bool:
    return any(o.field == placed.field and o.start <= placed.start and placed.end <= o.end for o in others)


def _weighs(starts: Iterable[tuple[str, int]]) -> bool:
    places = list(starts)
    return len(places) >= 2 or any(field == "title" or start < FIRST_LINES for field, start in places)


def subtypes_of(entries: Mapping[str, Entry], page: Page) -> tuple[str, ...]:
    """Kinds of act, the weightiest first."""
    counts: Counter[str] = Counter()
    for placed in page.hits(name for name in page.by_list if name in entries and entries[name].subtype):
        counts[entries[placed.pattern.lexicon].subtype] += _ZONE_WEIGHT[placed.zone]
    if "arms" in counts and not page.by_list.keys() & _HANDED_OVER:
        counts.pop("extradition", None)  # boats and jets are handed over too
    least = max(2, SUBTYPE_SHARE * max(counts.values(), default=0))
    kinds = [kind for kind, weight in counts.most_common() if weight >= least]
    if "agreement" in kinds and counts["talks"] < counts["agreement"]:
        kinds = [kind for kind in kinds if kind != "talks"]  # signed at a meeting: the accord is the news
    return tuple(kind for kind in kinds if kind != "pledge" or len(kinds) == 1)
