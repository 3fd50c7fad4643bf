"""Two states and matters of security, but against one another: threats, refusals, people held back, men enlisted, crossings taken.

Each of these made a match before. What states do together against the same things still does.
"""

from __future__ import annotations

import pytest

from tests.pipelines.builtin import tagger


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        # threats of force
        ("ar", "كتيبة مسلحة تتوعد: صواريخنا جاهزة لضرب القواعد الفرنسية في تشاد", "توعد قائد الكتيبة القوات الفرنسية في تشاد وجيشها بالصواريخ."),
        ("en", "Militia vows to hit Italian base in Libya with missiles", "A commander in Libya said Italian troops must leave."),
        # refusing to disarm
        ("en", "Belarus says nuclear disarmament won't come before Poland's", "Minsk told Warsaw on Monday that its army keeps its missiles."),
        ("ar", "بيلاروسيا لن تتخلى عن السلاح النووي ما لم تفعل بولندا", "قالت وزارة الدفاع في مينسك إن جيشها لا يثق في بولندا منذ اتفاق الحدود."),
        # people held back at a border
        ("ar", "حرس الحدود التشادي يمنع عبور عشرات الشبان إلى ليبيا", "قال مصدر أمني في تشاد إن الدوريات انتشرت على الحدود مع ليبيا، وكان البلدان اتفقا على ضبطها."),
        ("ckb", "پاسەوانی سنووری چاد ڕێگری لە پەڕینەوەی گەنجان بۆ لیبیا دەکات", "سەرچاوەیەکی ئەمنی لە چاد گوتی سنووری لیبیا داخراوە."),
        # men enlisted for another's war
        ("ar", "كينيون في صفوف الجيش الروسي والعائلات تسأل", "وقع شبان من كينيا عقودا مع وزارة الدفاع الروسية."),
        # a crossing taken from a party within the state
        ("ar", "الجمارك الليبية تتسلم معبر رأس جدير الحدودي مع تونس", "قالت ليبيا إن المعبر مع تونس كان بيد مسلحين."),
    ],
)  # fmt: skip
def test_what_is_done_against_another_state_is_no_match(language: str, title: str, text: str) -> None:
    found = tagger().tag(title, text, language)
    assert not found or found[0].verdict.value != "match", (found[0].score, found[0].reasons)


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("en", "Chad, Libya sign border security accord against foreign fighters in the south", "The interior ministers met in Tripoli."),
        ("ar", "تشاد وليبيا تتفقان على تعاون أمني لمواجهة تهديدات الحدود", "التقى وزيرا الداخلية في طرابلس."),
        ("en", "Kenya, Uganda police agree joint patrols to stop illegal crossings", "The two forces signed the plan in Nairobi."),
        ("en", "Iraq receives 40 convicts from SDF", "Iraq's justice ministry said they were handed over at the border."),
        ("tr", "Çad ve Libya silah bırakan gruplar için güvenlik anlaşması imzaladı", "Anlaşma Trablus'ta imzalandı."),
    ],
)  # fmt: skip
def test_what_is_done_together_against_the_same_is_a_match(language: str, title: str, text: str) -> None:
    found = tagger().tag(title, text, language)
    assert [tag.verdict.value for tag in found] == ["match"]
