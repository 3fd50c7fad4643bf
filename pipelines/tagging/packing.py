"""The lexicon words of an article, kept small: so that a changed rule is tried on the archive without
reading it again.

Thirteen bytes a word: which list, where, in which sentence, the how-manieth word, from where to where.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.tagging.compiled import ENGINE
from pipelines.tagging.hits import Hit
from pipelines.tagging.lexicon import Entry, Pattern, lexicon_hash
from pipelines.tagging.zones import ByList, Page, Placed

ZONES = ("title", "lead", "body")
RECORD = np.dtype(
    [("list", "<u2"), ("zone", "u1"), ("sentence", "<i2"), ("word", "<u2"), ("start", "<u4"), ("length", "<u2")]
)
_MOST = 32_000
"""Sentences and words are counted so far; what lies beyond stands at the last."""


class Packing:
    """Packs the hits of one set of lexicons, and unpacks them."""

    def __init__(self, lexicons: Mapping[str, Entry]) -> None:
        self.names = sorted(lexicons)
        self.numbers = {name: number for number, name in enumerate(self.names)}
        self.make = make_of(lexicons)
        # One pattern stands for all of a list: conditions ask for its name and its id alone.
        self.ids = [_stand_in(lexicons[name]).id for name in self.names]
        self._patterns = [_stand_in(lexicons[name]) for name in self.names]

    def pack(self, page: Page) -> bytes:
        """The hits of a page on the lexicons, in their order."""
        title, text = self._listed(page.found["title"]), self._listed(page.found["text"])
        if not title and not text:
            return b""
        starts, ends, words, patterns = zip(*title, *text, strict=True)
        rows = np.zeros(len(starts), dtype=RECORD)
        start = rows["start"] = np.array(starts)
        rows["list"] = [self.numbers[pattern.lexicon] for pattern in patterns]
        rows["word"] = np.minimum(words, _MOST)
        rows["length"] = np.minimum(ends - start, _MOST)
        body = slice(len(title), None)
        rows["sentence"][: len(title)] = -1
        rows["sentence"][body] = np.minimum(np.searchsorted(page.sentence_ends, start[body], side="right"), _MOST)
        rows["zone"][body] = np.where(start[body] < page.lead_end, ZONES.index("lead"), ZONES.index("body"))
        return rows.tobytes()

    def _listed(self, hits: Sequence[Hit]) -> list[Hit]:
        return [hit for hit in hits if hit[3].lexicon in self.numbers]

    def records(self, words: bytes) -> NDArray[np.void]:
        """The packed rows."""
        return np.frombuffer(words, dtype=RECORD)

    def codes(self, records: NDArray[np.void]) -> set[int]:
        """Which lists stand in which zones, as numbers (`gates.code_of`)."""
        return set((records["list"].astype(np.int32) * len(ZONES) + records["zone"]).tolist())

    def by_list(self, records: NDArray[np.void], wanted: Collection[str]) -> ByList:
        """The hits of the wanted lists, by list."""
        found: dict[str, list[Placed]] = {}
        names = self.names
        for number, (of, zone, sentence, word, start, length) in enumerate(records.tolist()):
            name = names[of]
            if name not in wanted:
                continue
            field = "title" if zone == 0 else "text"
            placed = Placed(start, start + length, word, self._patterns[of], field, ZONES[zone], sentence, number)
            found.setdefault(name, []).append(placed)
        return found


def _stand_in(entry: Entry) -> Pattern:
    identity = entry.patterns[0].id if entry.patterns else ""
    return Pattern(entry.name, entry.name, "any", entry.name, id=identity)


def make_of(lexicons: Mapping[str, Entry]) -> str:
    """Changes whenever a word of any list, or how they are found, does."""
    patterns = lexicon_hash([p for entry in lexicons.values() for p in entry.patterns])
    return hashlib.sha256(f"{ENGINE} {patterns} {sorted(lexicons)}".encode()).hexdigest()[:12]
