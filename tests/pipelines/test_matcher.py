"""The matcher finds what one finds that looks at the whole text for each pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.fold import fold_text
from pipelines.tagging.affixes import prefix_goes, suffix_goes
from pipelines.tagging.forms import Form, forms_of, phrase_at
from pipelines.tagging.hits import Hit, longest
from pipelines.tagging.lexicon import Pattern, pattern
from pipelines.tagging.matcher import Matcher

WORD = re.compile(r"[^\W\u3000-\U0010ffff]+(?:'[^\W\u3000-\U0010ffff]+)*")

WRITTEN = (
    ("en", "act.a", ("border", "border guard", "joint operation*", "counter-terror*", "anti-*", "re-", "-by", "'s", "op")),
    ("en", "act.b", ("border", "on the border", "guard", "co-op", "u.s.", "24-7", "talk*")),
    ("en", "security.core", ("security", "security border", "guard of the border")),
    ("en", "unlike.security", ("security council", "food security", "border")),
    ("en", "states.US", ("=US", "=u.s.", "south border", "x's y")),
    ("ar", "act.a", ("تعاون", "مذكرة تعاون", "حدود", "ضبط الحدود")),
    ("ckb", "act.b", ("سنوور", "پاراستنی سنوور", "هاو-کار")),
    ("tr", "security.core", ("güvenlik", "iş birliği", "sınır")),
    ("any", "states.IQ", ("iraq", "العراق", "irak", "new iraq")),
)  # fmt: skip
PATTERNS = [pattern(text, language, name, "X") for language, name, texts in WRITTEN for text in texts]

PIECES = (
    *{word for _, _, texts in WRITTEN for text in texts for word in re.split(r"[ *=-]", text)},
    "s", "es", "'s", "s'", "'", "’", "-", " ", " ", "  ", "\n", ".", ",", '"', "(", "و", "بال", "ال", "ي", "ين", "ه", "\u200c",
    "\u0301", "7", "24", "٢٤", "_", "日", "x", "terrorism", "ة", "é", "ی",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=24).map("".join) | st.text(max_size=30)


def found_simply(text: str, patterns: Sequence[Pattern]) -> list[Hit]:
    """Each form wherever its key stands, in the order of the keys' ends."""
    words = [match.span() for match in WORD.finditer(text)]
    keys = [
        (match.start() + len(key), match.start(), rank, form)
        for key, forms in forms_of(patterns).items()
        for match in re.finditer(f"(?={re.escape(key)})", text)
        for rank, form in enumerate(forms)
    ]
    return longest(hit for key in sorted(keys, key=lambda key: key[:3]) for hit in tried(text, words, *key))


def tried(text: str, words: Sequence[tuple[int, int]], end: int, start: int, _: int, form: Form) -> Iterator[Hit]:
    item, first = form.pattern, sum(begin <= start for begin, _ in words) - 1
    if first < 0:
        return
    if form.phrase:
        near = text[max(start - form.reach, 0) : end + form.reach]
        whole = phrase_at(text, start, [begin for begin, _ in words], first, form) if form.other in near else None
        if whole:
            yield (*whole, item)
        return
    begin, last = words[first]
    if start >= last:
        return
    last = next((over for _, over in words[first:] if over >= end), words[-1][1])
    before, after = text[begin:start], text[end:last]
    if before and (item.exact or not prefix_goes(before, item.language)):
        return
    if after and not item.open_end and not (after[0] == "'" if item.exact else suffix_goes(after, item.language)):
        return
    yield begin, max(last, end), first, item


MATCHER = Matcher(PATTERNS)


@given(st.lists(TEXTS, min_size=1, max_size=3))
@example(["anti-terror border's guard, u.s. security council on the border-guards"])
@example(["u.s.", "re- x", "anti- border", "anti border"])
@example(["وضبط الحدود والعراقيين", "güvenlik'in sınırı", "co op coop co-op"])
@settings(max_examples=600, deadline=None)
def test_the_matcher_finds_what_a_look_at_the_whole_text_finds(texts: list[str]) -> None:
    for text in map(fold_text, texts):
        assert MATCHER.find(text) == found_simply(text, PATTERNS)


def test_a_word_that_was_met_before_is_part_of_a_longer_one_all_the_same() -> None:
    found = [
        (start, end, hit.written) for start, end, _, hit in MATCHER.find("guard x joint operations y on the border")
    ]
    assert found == [(0, 5, "guard"), (8, 24, "joint operation*"), (27, 40, "on the border"), (34, 40, "border")]
    assert [hit.written for *_, hit in MATCHER.find("border guard")] == ["border guard", "border"]
