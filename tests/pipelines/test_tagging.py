"""Rules: verdicts with reasons, errors with places."""

from __future__ import annotations

import pytest

from news.errors import ConfigError
from news.tag import Tag, Verdict
from pipelines.tagging.records import tag_record
from pipelines.tagging.rules import builtin_rules, rule_from, run_rule_tests
from pipelines.tagging.tagger import Tagger

RULE = rule_from(builtin_rules()["security-cooperation"], origin="builtin")


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger([RULE])


def one(tagger: Tagger, title: str, text: str = "", language: str = "und") -> Tag:
    return tagger.tag(title, text, language)[0]


@pytest.mark.parametrize("name", builtin_rules())
def test_a_built_in_rule_passes_its_own_examples(name: str) -> None:
    """No start tries them again."""
    assert run_rule_tests(rule_from(builtin_rules()[name], origin=name)) == []


@pytest.mark.parametrize(
    ("language", "title"),
    [(t.language, t.title) for t in RULE.tests if t.expect == "match"],
)
def test_the_model_case_matches_in_every_language_with_both_states(tagger: Tagger, language: str, title: str) -> None:
    tag = one(tagger, title, language=language)
    assert tag.verdict is Verdict.MATCH
    assert set(tag.actors) == {"IQ", "SY"}
    assert "agreement" in tag.subtypes


@pytest.mark.parametrize(
    "title",
    [
        "العراق وسوريا يوقّعان مذكّرةَ تفاهم للتعـــاون الأمني",
        "وبالتعاون مع سوريا.. العراق يضبط الحدود ضمن الاتفاقية الأمنية",
        "Iraq’s and Syria’s ministries sign SECURITY pact",
        "Irak'ın Suriye ile güvenlik anlaşması imzalandı",
    ],
)
def test_every_span_is_exactly_its_surface_in_the_original(tagger: Tagger, title: str) -> None:
    text = "بغداد: " + title + "\n\n" + title
    tag = one(tagger, title, text)
    spans = [s for r in (*tag.reasons, *tag.against) for s in r.spans]
    spans += [s for group in (*tag.actors.values(), *tag.themes.values()) for s in group]
    assert spans
    for span in spans:
        original = title if span.field == "title" else text
        assert original[span.start : span.end] == span.surface


def test_clitics_and_endings_belong_to_the_word_but_a_longer_word_is_another(tagger: Tagger) -> None:
    assert "IQ" in one(tagger, "وبالعراق").actors
    assert "IQ" in one(tagger, "العراقيين").actors
    assert "OM" not in one(tagger, "a woman in Romania").actors
    assert set(one(tagger, "South Sudan").actors) == {"SS"}, "the longer name wins"


def test_a_rupture_has_its_own_verdict(tagger: Tagger) -> None:
    tag = one(tagger, "Jordan suspends security cooperation agreement with Israel")
    assert tag.verdict is Verdict.RUPTURE
    assert tag.reasons[0].path == "rupture"


def test_what_did_not_match_says_what_was_missing(tagger: Tagger) -> None:
    tag = one(tagger, "Iraq signs budget")
    assert tag.verdict is Verdict.NONE
    assert any("domain" in reason for reason in tag.missing)
    assert any("states >= 2" in reason for reason in tag.missing)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"match": "domian and act"}, "unknown slot 'domian' (did you mean 'domain'?)"),
        ({"match": "domain in tittle"}, "unknown zone 'tittle' (did you mean 'title'?)"),
        ({"match": "not domain"}, "match nearly everything"),
        ({"match": "near(domain, act)"}, "how near? A number of words or `sentence` is missing at character 17"),
        ({"match": "domain AND act"}, "'AND' is written in small letters at character 8"),
        ({"match": "domain act"}, "`and` or `or` is missing before 'act' at character 8"),
        ({"match": f"near({'act, ' * 11}5)"}, "more than 10 slots near one another"),
        ({"match": "domain )"}, "unexpected ')' at character 8"),
        ({"match": "domain and ("}, "a slot is missing"),
        ({"match": "domain § act"}, "not part of the rule language"),
        ({"slots": {"domain": {"use": "securty"}}, "match": "domain"}, "no lexicon is called 'securty'"),
        ({"slots": {"domain": {"words": {"en": ["a*"]}}}, "match": "domain"}, "too short"),
        ({"languages": ["he"]}, "no words in 'he'"),
        ({"treshold": 1}, "unknown key (did you mean 'threshold'?)"),
        ({"score": [{"when": "domain", "ad": 1}]}, "unknown key (did you mean 'add'?)"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_place_and_the_closest_name(changes: dict[str, object], words: str) -> None:
    given = {**builtin_rules()["security-cooperation"], **changes}
    if "slots" in changes:
        given = {**given, "score": [], "rupture": ""}
    with pytest.raises(ConfigError) as refused:
        Tagger([rule_from(given, origin="rules[0]")])
    assert words in str(refused.value)


def test_a_failing_example_of_a_rule_is_named() -> None:
    given = {**builtin_rules()["security-cooperation"], "tests": [{"title": "Rain in Basra", "expect": "match"}]}
    failures = run_rule_tests(rule_from(given, origin="x"))
    assert failures == ["example 'Rain in Basra': expected match, got none (score -2.8)"]


def test_the_record_form_carries_verdict_actors_and_reasons(tagger: Tagger) -> None:
    found = tag_record(tagger, {"id": 7, "title": "Iraq, Syria sign security memorandum", "text": ""})
    assert (found["id"], found["relevant"], found["verdict"]) == (7, True, "match")
    assert found["actors"] == ["IQ", "SY"]
    assert found["reasons"][0]["spans"]
    with pytest.raises(KeyError):
        tag_record(tagger, {"id": 1})


@pytest.mark.parametrize(
    ("title", "text", "actors"),
    [
        ("وزيرا خارجية إيران وعمان يبحثان التجارة", "", {"IR", "OM"}),
        ("وزير الداخلية العراقي يصل عمان", "التقى نظيره الأردني", {"IQ", "JO"}),
        ("السلطان في مسقط يستقبل وفد إيران", "وصل الوفد إلى عمان", {"IR", "OM"}),
    ],
)
def test_a_name_that_two_states_share_is_that_of_the_one_named_otherwise_too(
    tagger: Tagger, title: str, text: str, actors: set[str]
) -> None:
    assert set(one(tagger, title, text, "ar").actors) == actors


def test_a_short_name_in_capitals_is_no_word_in_small_letters(tagger: Tagger) -> None:
    assert "US" in one(tagger, "US and Iraq sign accord", language="en").actors
    assert "US" not in one(tagger, "Iraq told us it would sign", language="en").actors


def test_no_word_is_found_in_a_phrase_that_is_something_else(tagger: Tagger) -> None:
    tag = one(tagger, "Washington Post: Iraq, Syria sign food security agreement", language="en")
    assert set(tag.actors) == {"IQ", "SY"}
    assert tag.verdict is Verdict.NONE


@pytest.mark.parametrize(
    ("language", "title", "office"),
    [
        ("en", "Interior ministers of Iraq and Syria meet", "interior ministers"),
        ("ar", "اجتماع وزيري الداخلية في العراق وسوريا", "وزيري الداخلية"),
        ("ckb", "وەزیرانی ناوخۆی عێراق و سووریا کۆبوونەوە", "وەزیرانی ناوخۆی"),
        ("kmr", "Wezîrên navxweyî yên Iraq û Sûriyê civiyan", "Wezîrên navxweyî"),
        ("fa", "نشست وزرای کشور عراق و سوریه", "وزرای کشور"),
        ("tr", "Irak ve Suriye içişleri bakanları bir araya geldi", "içişleri bakanları"),
    ],
)
def test_offices_are_known_in_every_language_and_inflected(language: str, title: str, office: str) -> None:
    given = {"id": "x", "slots": {"o": {"use": "offices"}}, "match": "o", "score": [{"when": "o", "add": 3}]}
    tag = Tagger([rule_from(given, origin="x")]).tag(title, "", language)[0]
    assert office.casefold() in [s.surface.casefold() for s in tag.reasons[0].spans]
