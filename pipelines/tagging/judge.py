"""A rule over a scene: its score and verdict. The same whether the hits were just found or kept."""

from __future__ import annotations

from dataclasses import dataclass

from news.rule import Rule, ScoreLine
from news.tag import Verdict
from pipelines.tagging.compiled import CompiledRule
from pipelines.tagging.evaluate import NO, Finding, Scene


@dataclass(frozen=True, slots=True)
class Judgement:
    """`lines` are the score lines that hold: (number, line, points, finding)."""

    verdict: Verdict
    score: float
    lines: tuple[tuple[int, ScoreLine, float, Finding], ...]
    matches: bool
    rupture: Finding


def judge(compiled: CompiledRule, scene: Scene) -> Judgement:
    """Evaluate every condition of a rule."""
    asked = compiled.conditions
    findings = enumerate(condition.over(scene) for condition in asked.score)
    holding = [(number, compiled.score[number][0], finding) for number, finding in findings if finding.holds]
    lines = tuple((number, line, points(line, finding), finding) for number, line, finding in holding)
    score = round(sum(add for _, _, add, _ in lines), 2)
    matches = asked.match.over(scene).holds
    rupture = asked.rupture.over(scene) if asked.rupture else NO
    return Judgement(verdict(compiled.rule, score, matches, rupture.holds), score, lines, matches, rupture)


def may_speak(compiled: CompiledRule, scene: Scene) -> bool:
    """Whether the verdict can be other than `none`: most articles are done with here, unweighed."""
    asked = compiled.conditions
    if asked.match.over(scene).holds:
        return True
    return asked.rupture is not None and asked.rupture.over(scene).holds


def points(line: ScoreLine, finding: Finding) -> float:
    """What a line that holds adds."""
    return line.add * min(finding.sentences, line.at_most) if line.per == "sentence" else line.add


def verdict(rule: Rule, score: float, matches: bool, ruptures: bool) -> Verdict:
    """The verdict of a score."""
    if ruptures and (matches or score >= rule.review):
        return Verdict.RUPTURE
    if not matches or score < rule.review:
        return Verdict.NONE
    return Verdict.MATCH if score >= rule.threshold else Verdict.REVIEW
