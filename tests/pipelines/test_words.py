"""Words of the lists that are something else, or something more, in another place. Each title is invented."""

from __future__ import annotations

import pytest

from news.tag import Tag
from tests.pipelines.builtin import tagger


def tag(title: str, text: str = "", language: str = "en") -> Tag:
    return tagger().tag(title, text, language)[0]


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "kmr",
            "NATO mîsyona xwe ya Iraqê dirêj dike",
            "Sekreterê Giştî yê NATOyê got ku mîsyona perwerdehiyê didome.",
        ),
        ("fa", "ناتو ماموریت آموزشی در عراق را تمدید کرد", "دبیرکل ناتو گفت ماموریت مستشاری ادامه دارد."),
        ("tr", "TBMM Libya tezkeresini uzattı", "Genel Kurul, askeri iş birliği mutabakatı gereği tezkereyi onayladı."),
        ("en", "Iraq and Interpol sign accord on data sharing", "The Interpol general assembly in Doha welcomed it."),
        ("ar", "القوات المسلحة الملكية المغربية والجيش الأمريكي يبدآن تمرينا مشتركا", "ينطلق التمرين في أكادير."),
        ("ar", "اتفاق دفاعي تاريخي بين السعودية وباكستان", "وقع الجانبان الاتفاق في الرياض."),
        ("ar", "مصر وفرنسا توقعان عقود تسليح", "تشمل العقود مقاتلات."),
        ("fa", "توافق امنیتی تاریخی میان عراق و ترکیه", "دو کشور توافق را در بغداد امضا کردند."),
        ("tr", "Türkiye ve Irak tarihi güvenlik anlaşması imzaladı", "İmzalar Bağdat'ta atıldı."),
        ("en", "Amit Shah, Sri Lankan minister sign police cooperation accord", "The accord was signed in New Delhi."),
        ("en", "Iranian delegation back in Baghdad for border security talks", "Iran and Iraq discussed the border."),
        (
            "tr",
            "ABD, Katar'a füze savunma sistemi satışını onayladı",
            "Pentagon, satışın 4 milyar dolar olduğunu bildirdi.",
        ),
    ],
)
def test_a_word_that_also_belongs_to_co_operation_costs_nothing(language: str, title: str, text: str) -> None:
    found = tag(title, text, language)
    assert found.verdict.value == "match", found


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Sudan and Chad launch joint vaccination drive in border towns",
            "Health workers of both countries took part.",
        ),
        (
            "en",
            "Egyptian and Saudi health ministers agree on joint drug manufacturing",
            "Firms of both will make medicines.",
        ),
        ("kmr", "Îran Amerîkayê bi binpêkirina peymana atomî sûcdar dike", "Berdevkê wezaretê axivî."),
        ("ckb", "ئێران ئەمریکا بە پێشێلکردنی ڕێککەوتنی ئەتۆمی تۆمەتبار دەکات", "وتەبێژەکە لێدوانی دا."),
        (
            "en",
            "Russian drones hit Odesa port as Moscow denies targeting civilians",
            "Air defence units of Ukraine shot down 60.",
        ),
    ],
)
def test_what_only_sounds_like_co_operation_is_not_told(language: str, title: str, text: str) -> None:
    found = tag(title, text, language)
    assert found.verdict.value in ("none", "review"), found


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("en", "Pakistan-Afghanistan security talks collapse", "The ministers left without agreement on the border."),
        ("tr", "Pakistan ile Taliban arasındaki güvenlik görüşmeleri çöktü", "Savunma Bakanı açıkladı."),
        ("fa", "مذاکرات امنیتی کابل و اسلام‌آباد شکست خورد", "دو طرف بدون توافق جدا شدند."),
        ("ckb", "گفتوگۆ ئەمنییەکانی هەسەدە و دیمەشق شکستیان هێنا", "لایەنەکان ڕێکنەکەوتن لەسەر هێزەکان."),
        ("kmr", "Danûstandinên ewlehiyê yên HSD û Şamê bê encam man", "Li ser hêzan li hev nehat."),
        ("ar", "فشل المحادثات الأمنية بين كابل وإسلام آباد", "غادر الوفدان دون اتفاق."),
        ("tr", "İran, UAEA ile iş birliğini askıya aldı", "Meclis yasayı kabul etti."),
        ("en", "Washington halts arms shipments to Baghdad", "The Pentagon paused deliveries to the Iraqi army."),
        ("ar", "السودان يقطع علاقاته الأمنية مع الإمارات", "أنهى مجلس الدفاع العمل بالمذكرات."),
    ],
)
def test_what_comes_to_nothing_or_is_halted_is_a_rupture(language: str, title: str, text: str) -> None:
    found = tag(title, text, language)
    assert found.verdict.value == "rupture", found


def test_an_arrest_with_a_neighbours_help_is_no_halt() -> None:
    found = tag("الشرطة الإسبانية توقف ثلاثة متطرفين بتعاون أمني مع المغرب", "جرت العملية في مدريد.", "ar")
    assert found.verdict.value == "match", found


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("en", "Morocco extradites suspect to France", "He had been held in Casablanca."),
        ("ckb", "ئێران سێ تۆمەتبار ڕادەستی عێراق دەکاتەوە", "لە دەروازەکە ڕادەست کران."),
        ("ar", "لبنان يسلم سوريا دفعة جديدة من الموقوفين", "جرى التسليم عند المعبر."),
        ("fa", "عراق سه زندانی را به ایران تحویل داد", "زندانیان در مرز مهران تحویل داده شدند."),
        ("tr", "Aranan zanlı Gürcistan'dan Türkiye'ye iade edildi", "Zanlı sınırda teslim edildi."),
        ("kmr", "Almanyayê gumanbarek radestî Tirkiyeyê kir", "Li balafirgehê hat radestkirin."),
    ],
)
def test_a_suspect_handed_over_is_told(language: str, title: str, text: str) -> None:
    found = tag(title, text, language)
    assert found.verdict.value == "match", found
    assert "extradition" in found.subtypes
