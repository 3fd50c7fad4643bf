"""Whose minister is meant where no state is named: that of the country a language's press writes for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipelines.tagging.hits import Hit
from pipelines.tagging.lexicon import Pattern

NEAR = 3
"""Words between a state's name and the office it belongs to."""


@dataclass(frozen=True, slots=True)
class Home:
    """A state, and whether its language names a state behind the office too (وزیر کشور عراق) or only in front
    of it (`Irak İçişleri Bakanı`)."""

    state: str
    behind: bool


HOMES = {"tr": Home("TR", behind=False), "fa": Home("IR", behind=True)}


def with_home(
    found: Mapping[str, Sequence[Hit]], language: str, sentence_end: int, lead_end: int
) -> Mapping[str, Sequence[Hit]]:
    """The hits of title and text; offices that belong to no state also stand for the home country, where title and
    lead name one other state, or a body, and not it. Only those of the title and the first sentence: further down an
    office is that of the state the sentence before was about."""
    home = HOMES.get(language)
    if home is None:
        return found
    title, text = found["title"], found["text"]
    lead = [hit for hit in text if hit[0] < lead_end]
    named = {hit[3].id for hit in (*title, *lead) if _is_state(hit)}
    if not named or home.state in named or sum(len(key) == 2 for key in named) > 1:
        return found
    first = [hit for hit in text if hit[0] < sentence_end]
    return {
        "title": _with_offices(title, title, home, language),
        "text": _with_offices(text, first, home, language),
    }


def _with_offices(hits: Sequence[Hit], looked_at: Sequence[Hit], home: Home, language: str) -> Sequence[Hit]:
    stand_in = _stand_in(home.state, language)
    offices = [(*hit[:3], stand_in) for hit in looked_at if _is_unclaimed(hit, looked_at, home)]
    return sorted([*hits, *offices], key=lambda hit: hit[:2]) if offices else hits


def _is_state(hit: Hit) -> bool:
    return hit[3].lexicon.startswith("states.")


def _is_unclaimed(office: Hit, hits: Sequence[Hit], home: Home) -> bool:
    lexicon = office[3].lexicon
    if not lexicon.startswith("offices.") or lexicon == "offices.counterpart":
        return False
    last = NEAR if home.behind else 0
    return not any(-NEAR <= hit[2] - office[2] <= last for hit in hits if _is_state(hit))


@cache
def _stand_in(state: str, language: str) -> Pattern:
    return Pattern("", f"an office of {state}", language, f"states.{state}", id=state)
