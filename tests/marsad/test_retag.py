"""History is run again after a change: only what is out of date, shown first, told to nobody unasked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from marsad import exits
from marsad.__main__ import main
from marsad.retag import retag
from news.alert import AlertKind, Policy, Route, Told, Weight
from news.article import Withdrawal
from news.criteria import Criteria
from news.delivery import DeliveryState
from news.filing import Standing, Telling
from news.history import Retagged
from news.silence import Silence, new_silence
from news.tag import Verdict
from news.traffic import Traffic
from pipelines.alerting import Terms
from pipelines.matching import matches_of
from pipelines.retelling import retold
from pipelines.tagging.lexicon import builtin_lexicons
from pipelines.tagging.rules import rule_from
from pipelines.tagging.tagger import Tagger
from storage import Store, open_store
from tests.samples import NOW, chunk, filing

WORDS = builtin_lexicons()


def tagger(query: str, **more: object) -> Tagger:
    return Tagger([rule_from({"id": "bread", "query": query, **more}, origin="x")], WORDS)


def filed(store: Store, by: Tagger, *titles: str, story: str = "") -> None:
    for number, title in enumerate(titles):
        one = filing(f"n{number}", told=False)
        article = replace(one.article, title=title, text="", url=f"https://tigris.example/n{number}")
        tags = by.tag(title, "", "en", article.outlet)
        assert one.story is not None
        assert one.sighting is not None
        kept = replace(one.story, id=story or one.story.id)
        matches = matches_of(article, one.article_id, kept.id, tags, {}, NOW)
        sighting = replace(one.sighting, story_id=kept.id)
        store.archive.commit(
            chunk(
                replace(
                    one,
                    article=article,
                    story=kept,
                    sighting=sighting,
                    tags=tags,
                    matches=matches,
                    built_on=1 if story and number else 0,
                )
            )
        )


def test_only_what_is_out_of_date_is_looked_at_and_the_second_time_nothing_is(store: Store) -> None:
    filed(store, tagger("bread OR wheat"), "Bread is dear", "Wheat is dear", "Cake is dear")
    newer = tagger("bread OR cake")
    plan = {"since": None, "only": "", "now": NOW}
    dry = retag(store.history, newer, write=False, **plan)  # type: ignore[arg-type]
    assert {(c.article.title, c.before, c.after) for c in dry.changes} == {
        ("Wheat is dear", "match", "none"),
        ("Cake is dear", "none", "match"),
    }
    done = retag(store.history, newer, write=True, **plan)  # type: ignore[arg-type]
    assert (done.articles, done.stale, len(done.changes)) == (3, 3, 2)
    again = retag(store.history, newer, write=True, **plan)  # type: ignore[arg-type]
    assert (again.articles, again.stale, again.changes) == (3, 0, [])
    told = {row.story.title: row.verdict for row in store.catalogue.stories(verdict="match")}
    assert len(told) == 1 or set(told.values()) == {Verdict.MATCH}
    assert {item.article_id for item in store.history.said(rule="bread")} == {"an0", "an2"}
    assert {record.matches[0].tag.rule for i in (0, 2) if (record := store.catalogue.story(f"sn{i}"))} == {"bread"}
    lost = store.catalogue.story("sn1")
    assert lost is not None
    assert lost.matches == ()
    assert store.catalogue.alerts() == []


def test_a_story_keeps_its_best_match_when_another_article_loses_its_own(store: Store) -> None:
    old = tagger("bread OR wheat", threshold=1, score=[{"query": "bread", "add": 1}, {"query": "wheat", "add": 3}])
    filed(store, old, "Bread is dear", "Wheat is dear", story="s1")
    before = store.catalogue.story("s1")
    assert before is not None
    assert before.matches[0].article_id == "an1"
    new = tagger("bread", threshold=1, score=[{"query": "bread", "add": 1}, {"query": "wheat", "add": 3}])
    retag(store.history, new, since=None, only="", now=NOW, write=True)
    after = store.catalogue.story("s1")
    assert after is not None
    assert [(match.article_id, match.tag.score) for match in after.matches] == [("an0", 1.0)]


def test_a_rule_that_is_gone_is_forgotten_unless_another_is_asked_for(store: Store) -> None:
    filed(store, tagger("bread"), "Bread is dear")
    other = Tagger([rule_from({"id": "other", "query": "dear"}, origin="x")], WORDS)
    assert retag(store.history, other, since=None, only="other", now=NOW, write=True).changes[0].after == "match"
    assert {item.rule for item in store.history.said()} == {"bread", "other"}
    found = retag(store.history, other, since=None, only="", now=NOW, write=True)
    assert [(c.rule, c.before, c.after) for c in found.changes] == [("bread", "match", "")]
    assert {item.rule for item in store.history.said()} == {"other"}


def test_the_command_shows_changes_first_and_writes_them_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    (tmp_path / "config.yaml").write_text("store: sqlite:///m.db\nrules: [{id: bread, query: cake}]\n")
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    filed(store, tagger("bread"), "Bread is dear", "Cake is dear")
    store.close()

    def said(*arguments: str) -> str:
        assert main(["retag", *arguments]) == exits.OK
        out = capsys.readouterr()
        assert out.err == ""
        return out.out

    assert "nothing was written" in said("--dry-run")
    facts = json.loads(said("--dry-run", "--json"))
    assert (facts["stale"], facts["written"], len(facts["changes"])) == (2, 0, 2)
    out = said()
    assert "bread: match -> none: 1" in out
    assert "2 articles, 2 findings out of date, 2 verdicts changed; 2 written" in out
    assert "0 findings out of date" in said()
    assert main(["retag", "--rule", "bred"]) == exits.USAGE
    assert "did you mean 'bread'?" in capsys.readouterr().err


CONFIG = """\
store: sqlite:///m.db
rules:
  - {id: bread, query: bread}
  - {id: cake, query: cake}
receivers:
  hook: {channel: webhook, url: "https://desk.example/hook", secret: whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=}
routes:
  - {id: all, to: [hook]}
"""


def test_stories_that_a_rule_newly_matches_are_told_when_asked_for_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    (tmp_path / "config.yaml").write_text(CONFIG)
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    filed(store, tagger("bread"), "Bread is dear", "Cake is dear", "Bread and cake are dear", "Rain is near")

    def said(*arguments: str) -> tuple[str, dict[str, object]]:
        assert main(["retag", *arguments]) == exits.OK
        out = capsys.readouterr().out
        return out, json.loads(out) if "--json" in arguments else {}

    assert "2 stories would be told" in said("--alert", "--dry-run")[0]
    assert store.catalogue.alerts() == []
    _, facts = said("--alert", "--json")
    assert (facts["newly_told"], facts["messages"]) == (2, 2)
    records = store.catalogue.alerts()
    assert {(r.alert.story_id, r.alert.rules, r.alert.kind) for r in records} == {
        ("sn1", ("cake",), AlertKind.MATCHED),
        ("sn2", ("cake",), AlertKind.MATCHED),
    }, "of the rules alone that are new; the story about bread alone stays as it was"
    assert all(entry.delivery.state is DeliveryState.HELD for r in records for entry in r.deliveries)
    _, facts = said("--alert", "--json")
    assert (facts["stale"], facts["messages"]) == (0, 0)
    assert store.check() == []
    store.close()


def test_who_was_told_by_another_rule_hears_of_the_new_one_as_an_update(store: Store) -> None:
    filed(store, tagger("bread"), "Bread and cake are dear")
    known = store.archive.standings(["sn0"])["sn0"]
    assert known is not None
    hook = Route(id="all", endpoints=("hook",), update_wait=timedelta())
    terms = Terms(routes=[hook], traffic=Traffic())
    told = Told(endpoint="hook", rules=("bread",), last_created_at=NOW, route="all")

    def tell(standing: Standing, finding: Retagged, traffic: Traffic, now: datetime) -> Telling:
        return retold(replace(standing, told={"hook": told}), finding, terms, (), {}, now)

    both = Tagger(
        [rule_from({"id": name, "query": name}, origin="x") for name in ("bread", "cake")],
        WORDS,
    )
    done = retag(store.history, both, since=None, only="", now=NOW, write=True, tell=tell)
    assert done.messages == 1
    [record] = store.catalogue.alerts()
    assert (record.alert.kind, record.alert.rules) == (AlertKind.UPDATED, ("cake",))
    assert record.alert.story_revision == known.story.revision + 1


def test_what_is_silenced_stays_untold_and_says_so(store: Store) -> None:
    filed(store, tagger("bread"), "Cake is dear")
    hook = Route(id="all", endpoints=("hook",))
    until = NOW + timedelta(days=1)
    criteria = Criteria(rules=("cake",))
    silence = new_silence(criteria, author="Amal", reason="enough", now=NOW, ends_at=until, id="w1")

    def tell(standing: Standing, finding: Retagged, traffic: Traffic, now: datetime) -> Telling:
        return retold(standing, finding, Terms(routes=[hook], traffic=traffic), [silence], {}, now)

    cake = Tagger([rule_from({"id": "cake", "query": "cake"}, origin="x")], WORDS)
    assert retag(store.history, cake, since=None, only="", now=NOW, write=True, tell=tell).messages == 0
    [record] = store.catalogue.alerts()
    assert (record.alert.suppressed, record.alert.suppressed_by) == ("silenced", "w1")


def retold_of(store: Store, finding: Retagged, policy: Policy = Policy(), silences: Sequence[Silence] = ()) -> Telling:
    standing = store.archive.standings([finding.story_id])[finding.story_id]
    assert standing is not None
    terms = Terms(routes=[Route(id="all", endpoints=("hook",))], policy=policy, traffic=Traffic())
    return retold(standing, finding, terms, silences, {}, NOW)


def cake_is_new(store: Store) -> Retagged:
    """A story about bread and cake, of which the rule for cake is new."""
    both = Tagger([rule_from({"id": name, "query": name}, origin="x") for name in ("bread", "cake")], WORDS)
    filed(store, both, "Bread and cake are dear")
    known = store.archive.article("https://tigris.example/n0")
    assert known is not None
    return Retagged(article_id="an0", story_id="sn0", newly=("cake",), article=known[1])


def test_a_rule_that_another_keeps_quiet_is_not_told_anew(store: Store) -> None:
    finding = cake_is_new(store)
    assert len(retold_of(store, finding).deliveries) == 1
    inhibiting = Policy(weights={"bread": Weight(inhibits=("cake",))})
    assert retold_of(store, finding, inhibiting).deliveries == ()


def test_a_silence_of_one_outlet_does_not_hide_what_another_reports(store: Store) -> None:
    finding = cake_is_new(store)
    standing = store.archive.standings(["sn0"])["sn0"]
    assert standing is not None
    assert finding.article is not None
    until = NOW + timedelta(days=1)
    criteria = Criteria(outlets=("spam",))
    silence = new_silence(criteria, author="Amal", reason="noise", now=NOW, ends_at=until)
    wider = replace(standing, story=replace(standing.story, outlets=("spam", finding.article.outlet)))
    terms = Terms(routes=[Route(id="all", endpoints=("hook",))], traffic=Traffic())
    assert len(retold(wider, finding, terms, [silence], {}, NOW).deliveries) == 1


def test_what_is_withdrawn_or_found_by_intake_meanwhile_is_not_told(store: Store) -> None:
    filed(store, tagger("bread"), "Cake is dear", "Cake is cheap")
    kept = store.archive.article("https://tigris.example/n0")
    assert kept is not None
    store.archive.commit(
        replace(chunk(), withdrawals=(Withdrawal(url=kept[1].url, missing_at=NOW, withdrawn_at=NOW, detail="410"),))
    )
    cake = Tagger([rule_from({"id": "cake", "query": "cake"}, origin="x")], WORDS)
    told: list[str] = []

    def tell(standing: Standing, finding: Retagged, traffic: Traffic, now: datetime) -> Telling:
        told.append(finding.article_id)
        return Telling(story=standing.story)

    retag(store.history, cake, since=None, only="", now=NOW, write=True, tell=tell)
    assert told == ["an1"], "the other was withdrawn"
    [late] = [one for one in store.history.said(rule="cake") if one.article_id == "an1"]
    assert late.verdict == "match"
    article = store.archive.article("https://tigris.example/n1")
    assert article is not None
    tags = cake.tag("Cake is cheap", "", "en", "")
    again = Retagged(article_id="an1", story_id="sn1", tags=tags, newly=("cake",), article=article[1])
    store.history.write([again], lambda *_: matches_of(article[1], "an1", "sn1", tags, {}, NOW)[0], NOW, tell)
    assert told == ["an1"], "intake had found it before it was written"
