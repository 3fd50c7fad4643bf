"""Criteria: which stories a route wants, or a silence hides."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """All that are given must fit; within one, any value does. None given: everything fits.

    `rules`, `verdicts`, `subtypes`, `actors`, `themes` and `min_score` must fit the same rule's
    finding; `languages`, `outlets` and `countries` (of the outlets) are those of the reports.
    """

    rules: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    subtypes: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    min_score: float = 0.0

    def given(self) -> tuple[str, ...]:
        """Each criterion in words: `rule security-cooperation`, `language ar or ckb`."""
        words = []
        for part in fields(self):
            value = getattr(self, part.name)
            if part.name == "min_score":
                words += [f"score at least {value:g}"] if value else []
            elif value:
                words.append(f"{SINGULAR[part.name]} {' or '.join(value)}")
        return tuple(words)


SINGULAR = {
    "rules": "rule",
    "verdicts": "verdict",
    "subtypes": "kind",
    "actors": "actor",
    "themes": "theme",
    "languages": "language",
    "outlets": "outlet",
    "countries": "country",
    "stories": "story",
}
"""What one value of a criterion is called."""
