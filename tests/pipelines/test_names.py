"""Names of states in six languages: none is missed, and no ordinary word is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.tagging.lexicon import LANGUAGES
from tests.pipelines.builtin import tagger

KNOWN: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "names.yaml").read_text(encoding="utf-8")
)


def states(text: str, language: str) -> set[str]:
    page = tagger().page(text, "", language)
    return {hit.pattern.id for name, hits in page.by_list.items() if name.startswith("states.") for hit in hits}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_state_is_known_by_its_name_its_people_and_its_capital(language: str) -> None:
    missed = {
        name: found
        for code, names in KNOWN.items()
        for name in names[language]
        if code not in (found := states(name, language))
    }
    assert not missed


def test_every_state_of_the_table_is_named_in_every_language() -> None:
    assert len(KNOWN) >= 80
    assert all(set(names) == set(LANGUAGES) and all(names.values()) for names in KNOWN.values())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "النشاطات الرياضية"),  # sport, الرياض with an ending
        ("ar", "قال عدنان يوسف"),  # a given name, عدن with an ending
        ("ar", "وجدها في البيت"),  # found her
        ("ar", "كابلات الإنترنت"),  # cables
        ("ar", "مجريات الأحداث"),  # course of events
        ("ar", "دعم مالي كبير"),  # financial
        ("ar", "مسقط رأسه"),  # birthplace
        ("ar", "القوة القاهرة"),  # force majeure
        ("ar", "الأمير تركي الفيصل"),  # a given name
        ("ckb", "ئەمان گوتیان"),  # these
        ("ckb", "هێندە گەورەیە"),  # so much
        ("ckb", "ماڵی خۆی"),  # his house
        ("kmr", "çekên nû"),  # weapons
        ("kmr", "rewşa malî"),  # financial
        ("kmr", "li bakurê welêt"),  # the north
        ("ar", "تحت الإكراه"),  # duress
        ("fa", "روز دوشنبه"),  # Monday
        ("fa", "در آستانه انتخابات"),  # on the eve of
        ("fa", "شبکه الجزیره"),  # Al Jazeera
        ("fa", "مجاری قانونی"),  # channels
        ("fa", "پارگی رباط صلیبی"),  # a ligament
        ("fa", "خاک کشور را ترک می‌کنند"),  # leave
        ("fa", "در امان ماندند"),  # safe
        ("tr", "romanı okudu"),  # a novel
        ("tr", "satın almanın yolu"),  # buying
        ("tr", "mali suçlar"),  # financial
        ("tr", "koalisyon hükümeti"),  # a coalition of parties
        ("ar", "مكتب السوداني"),  # a man of Iraq
        ("tr", "Irakli Kobahidze"),  # a given name of Georgia
    ],
)
def test_an_ordinary_word_is_no_state(language: str, text: str) -> None:
    assert states(text, language) == set()


@pytest.mark.parametrize(
    ("language", "text", "state"),
    [
        ("tr", "ABD'nin açıklaması", "US"),
        ("tr", "BAE’nin açıklaması", "AE"),
        ("en", "the U.S.'s allies", "US"),
        ("kmr", "HSDê ragihand", "SDF"),
    ],
)
def test_a_name_in_capitals_may_take_an_ending(language: str, text: str, state: str) -> None:
    assert state in states(text, language)


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Iraq's National Security Council secretary holds security talks in Iran"),
        ("ar", "أمين مجلس الأمن القومي الإيراني يبحث في بغداد التعاون الأمني"),
        ("fa", "دبیر شورای امنیت ملی عراق در تهران درباره امنیت مرز گفتگو کرد"),
        ("tr", "Irak Ulusal Güvenlik Konseyi ile İran sınır güvenliğini görüştü"),
    ],
)
def test_a_states_own_security_council_is_not_that_of_the_united_nations(language: str, title: str) -> None:
    found = tagger().tag(title, "", language)[0]
    assert found.verdict.value == "match"


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "Macron and Meloni", {"FR", "IT"}),
        ("ar", "السيسي وأردوغان", {"EG", "TR"}),
        ("ar", "محمد شياع السوداني", {"IQ"}),
        ("fa", "پزشکیان و پوتین", {"IR", "RU"}),
        ("ckb", "محەممەد شیاع سوودانی", {"IQ"}),
        ("kmr", "Mihemed Şiya Sûdanî", {"IQ"}),
        ("tr", "Muhammed Şiya es-Sudani", {"IQ"}),
        ("tr", "Bakan Fidan'ın Putin ile teması", {"TR", "RU"}),  # Fidan alone is a sapling
        ("ckb", "نێچیرڤان بارزانی و ماکرۆن", {"KRG", "FR"}),
    ],
)
def test_a_leader_stands_for_the_state(language: str, text: str, wanted: set[str]) -> None:
    assert states(text, language) == wanted


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("ar", "جنود مغاربة وإسبان", {"MA", "ES"}),
        ("ar", "ضباط صرب وكروات", {"RS", "HR"}),
        ("ar", "قوات من طاجيك وأوزبك", {"TJ", "UZ"}),
        ("en", "Zimbabwean and Honduran police", {"ZW", "HN"}),
        ("fa", "مقام‌های آذربایجانی در دبی", {"AZ", "AE"}),
        ("en", "Lebanese troops in Tripoli", {"LB"}),
        ("en", "Tripoli and Tunis agree", {"LY", "TN"}),
    ],
)
def test_a_people_is_known_by_its_broken_plural_and_a_city_by_its_company(
    language: str, text: str, wanted: set[str]
) -> None:
    assert states(text, language) == wanted


def test_the_table_names_no_state_twice_in_a_word() -> None:
    """Beirut, with an ending taken for one, was Peru."""
    assert states("بيروت", "ar") == {"LB"}
