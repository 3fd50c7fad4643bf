"""The verbs of headlines: each is a form of words that a newsroom uses for an act, told of states not told of elsewhere.

One invented line for a way of saying it; the lists hold the paradigm, not the line.
"""

from __future__ import annotations

from functools import cache

import pytest

from pipelines.tagging import Tagger, builtin_rules, rule_from


@cache
def tagger() -> Tagger:
    return Tagger([rule_from(builtin_rules()["security-cooperation"], origin="builtin")])


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        # accords by other names, and by what is done to them
        ("en", "Oslo and Riga seal defence charter", "Ministers of Norway and Latvia put their signatures to it."),
        ("en", "Kenya, Uganda widen military tie-up", "The two army chiefs met in Entebbe to review a joint plan."),
        ("en", "Ghana's parliament okays Togolese police accord", "It lets officers of both work at the border."),
        ("fa", "سند امنیتی ازبکستان و تاجیکستان لازم‌الاجرا شد", "دو کشور درباره مرزها به توافق رسیدند."),
        # buying and selling arms
        ("en", "Bulgaria orders howitzers from South Korea", "The defence ministry in Sofia signed the contract in Seoul."),
        # two do it: the dual of Arabic, `together` elsewhere
        ("ar", "السنغال وغامبيا تحبطان تهريب الكوكايين", "نفذت شرطتا البلدين العملية بالتنسيق بينهما."),
        # teaching, praising, passing on
        ("en", "Dutch officers teach Ghanaian police to trace drug money", "The course in Accra was praised by both."),
        # whom it is done to, and by whom
        ("en", "Peru hands over gang leader to Chile", "He was sought by Santiago for murder and flown there on Friday."),
        ("en", "Coast guard chiefs of Japan and Vietnam promise closer work", "They met in Hanoi to discuss sea security."),
    ],
)  # fmt: skip
def test_an_act_is_known_in_the_words_of_headlines(language: str, title: str, text: str) -> None:
    found = tagger().tag(title, text, language)[0]
    assert found.verdict.value == "match", (found.score, found.missing)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "استقبل الملك سلمان بن عبد العزيز وزيرا"),  # a name, سلم with an ending
        ("ar", "دعم السلم والأمن الدوليين"),  # peace
        ("ar", "برنامج نووي سلمي"),  # peaceful
        ("en", "Initial reports of the inquiry"),
    ],
)
def test_an_ordinary_word_is_no_act(language: str, text: str) -> None:
    page = tagger().page(text, "", language)
    assert not {"act.extradition", "act.signing"} & set(page.by_list)


@pytest.mark.parametrize(
    ("title", "text", "theme", "told"),
    [
        ("Baghdad and Doha sign security accord", "The interior ministers signed a security accord.", "policing", True),
        ("Baghdad and Doha sign drugs accord", "The police chiefs spoke of drugs, terror and gangs.", "policing", False),
        ("Police of Oman and India sign accord", "It is on drugs, terrorism and gangs.", "policing", True),
        ("Iraqi spy chief in Syria for talks", "The intelligence chief spoke of the border.", "intelligence", False),
        ("Iraq and Syria pass on threat information", "Both swap data on cells of IS.", "intelligence", True),
        ("Greek and Egyptian navies hold drill", "Frigates, submarines and fighter jets take part.", "arms", False),
        ("Kuwait hands over suspects to Iraq", "Two detainees were flown to Baghdad.", "extradition", True),
    ],
)  # fmt: skip
def test_a_theme_is_what_it_is_about_not_who_does_it(title: str, text: str, theme: str, told: bool) -> None:
    assert (theme in tagger().tag(title, text, "en")[0].themes) is told
