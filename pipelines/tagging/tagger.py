"""The Tagger: articles in, one Tag per rule out, every point with its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from news.rule import Rule
from news.tag import Reason, Span, Tag, Verdict
from pipelines.tagging.candidates import Candidates
from pipelines.tagging.compiled import CompiledRule, compile_rule
from pipelines.tagging.evaluate import Finding, Scene
from pipelines.tagging.finders import finder_of
from pipelines.tagging.judge import judge
from pipelines.tagging.lexicon import Entry, builtin_lexicons
from pipelines.tagging.linear import ReRanker
from pipelines.tagging.topics import SPANS, actors_of, subtypes_of, themes_of
from pipelines.tagging.zones import Page


class Tagger:
    """All rules over one pass of one article. Raises ConfigError for a rule that cannot work."""

    def __init__(
        self,
        rules: Sequence[Rule],
        lexicons: Mapping[str, Entry] | None = None,
        *,
        strict: bool = True,
        reranker: ReRanker | None = None,
    ) -> None:
        lexicons = builtin_lexicons() if lexicons is None else lexicons
        self.rules = tuple(rules)
        self.lexicons = lexicons
        self.compiled = tuple(compile_rule(rule, lexicons, strict=strict) for rule in rules)
        own = dict.fromkeys(p for c in self.compiled for p in c.patterns if p.lexicon not in lexicons)
        expressions = {name: found for c in self.compiled for name, found in c.expressions.items()}
        self._finder = finder_of(lexicons, own, expressions)
        self._candidates = Candidates(self.compiled)
        self._reranker = reranker or ReRanker()
        self.makes = {c.rule.id: c.hash + self._reranker.make_of(c.rule.id) for c in self.compiled}
        self.hash = " ".join(c.hash for c in self.compiled)
        """The same for two taggers that find the same in every article."""

    def tag(self, title: str, text: str, language: str = "und", outlet: str = "") -> tuple[Tag, ...]:
        """One tag per rule for the language, `none` verdicts included with what was missing. Of more
        than FULL rules, those are left out that lack a word without which they say nothing.

        Spans point into `title` and `text` as they were given.
        """
        return self.tags(self.page(title, text, language), language, outlet)

    def page(self, title: str, text: str, language: str = "und") -> Page:
        """An article with the words of all rules and lexicons found in it."""
        return Page(title, text, self._finder, language)

    def tags(self, page: Page, language: str = "und", outlet: str = "") -> tuple[Tag, ...]:
        """As `tag`, of a page that was made before."""
        actors = actors_of(page)
        return tuple(
            self._reranker.judged(_tag(compiled, page, actors, language, outlet), page.original["title"])
            for compiled in self._candidates.of(page.by_list)
            if not compiled.rule.languages or language in (*compiled.rule.languages, "und")
        )

    def look(
        self, compiled: CompiledRule, title: str, text: str, language: str, outlet: str = ""
    ) -> tuple[Page, Scene]:
        """An article as one of our rules sees it: what `explain` walks over."""
        page = self.page(title, text, language)
        return page, _scene(compiled, page, actors_of(page), language, outlet)


def _scene(
    compiled: CompiledRule,
    page: Page,
    actors: Mapping[str, tuple[Span, ...]],
    language: str,
    outlet: str,
) -> Scene:
    return Scene(
        hits=compiled.filled(page.by_list),
        language=language,
        outlet=outlet,
        actors=actors,
        themes=themes_of(compiled.entries, page),
        subtypes=subtypes_of(compiled.entries, page),
    )


def _tag(
    compiled: CompiledRule,
    page: Page,
    actors: Mapping[str, tuple[Span, ...]],
    language: str,
    outlet: str,
) -> Tag:
    rule = compiled.rule
    scene = _scene(compiled, page, actors, language, outlet)
    found = judge(compiled, scene)
    reasons = [_reason(number, line.when or line.query, add, f, page) for number, line, add, f in found.lines]
    missing = [f"match: {written}" for written in compiled.conditions.missing(scene)]
    if found.matches and found.score < rule.threshold:
        missing.append(f"score {found.score:g} is below the threshold {rule.threshold:g}")
    if found.verdict is Verdict.RUPTURE:
        reasons.insert(0, _reason(-1, rule.rupture, 0.0, found.rupture, page))
    verdict = found.verdict
    return Tag(
        rule=rule.id,
        rule_version=rule.version,
        verdict=verdict,
        score=found.score,
        threshold=rule.threshold,
        reasons=tuple(r for r in reasons if r.add >= 0),
        against=tuple(r for r in reasons if r.add < 0),
        missing=tuple(missing) if verdict in (Verdict.NONE, Verdict.REVIEW) else (),
        actors=actors,
        themes=scene.themes,
        subtypes=tuple(scene.subtypes) if verdict is not Verdict.NONE else (),
        lexicon_hash=compiled.hash,
    )


def _reason(index: int, when: str, add: float, finding: Finding, page: Page) -> Reason:
    once = {(slot, p.field, p.start, p.end): (slot, p) for slot, p in reversed(finding.evidence)}
    evidence = sorted(once.values(), key=lambda e: (e[1].field != "title", e[1].start, e[1].end))
    path = f"score[{index}]" if index >= 0 else "rupture"
    spans = (*(page.span(placed, slot) for slot, placed in evidence[:SPANS]), *finding.spans[:SPANS])
    return Reason(path=path, when=when, add=add, spans=spans)
