"""The fold: all spellings of a word are one, and every highlight finds its way back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.fingerprint import fingerprint
from pipelines.fold import LONG, fold, fold_text
from pipelines.grouping.places import places_in
from tests.samples import article

LETTER_BY_LETTER = {
    "ا": "ا أ إ آ ٱ ٲ ٳ ﺍ ﺎ ﺃ ﺇ ﺁ",
    "ب": "ب ﺏ ﺐ ﺑ ﺒ",
    "و": "و ؤ ۆ ۊ ۇ ۈ ۋ ﻭ ﻮ ﺅ ﯙ",
    "ي": "ي ى ی ې ێ ئ ے ﻱ ﻳ ﻯ ﯼ ﯾ ﺋ",
    "ك": "ك ک ڪ ڭ ݣ ﻙ ﻛ ﮎ ﮐ",
    "ه": "ه ة ە ۀ ھ ہ ۃ ﻩ ﻫ ﺓ ﺔ ﮪ",
    "ر": "ر ڕ ڒ ﺭ",
    "ل": "ل ڵ ڶ ﻟ",
    "لا": "لا ﻻ ﻼ ﻷ ﻹ ﻵ",
    "ف": "ف ڤ ﻓ",
    "i": "i I İ ı î Î í ï",
    "e": "e E ê Ê é É è",
    "u": "u U û Û ü Ü ú",
    "s": "s S ş Ş ș",
    "c": "c C ç Ç",
    "g": "g G ğ Ğ",
    "o": "o O ö Ö ø",
    "a": "a A â Â á ä å",
    "0": "0 ٠ ۰ ０",
    "1": "1 ١ ۱",
    "4": "4 ٤ ۴",
    "5": "5 ٥ ۵",
    "6": "6 ٦ ۶",
    "9": "9 ٩ ۹",
    "'": "' ’ ‘ ʼ `",
    '"': '" “ ” « »',
    "-": "- – — ‐",
}


@pytest.mark.parametrize(
    ("one", "spelling"), [(one, s) for one, spellings in LETTER_BY_LETTER.items() for s in spellings.split()]
)
def test_each_letter_has_one_form(one: str, spelling: str) -> None:
    assert fold_text(spelling) == one


@pytest.mark.parametrize("mark", ["ـ", "\u200c", "\u200d", "\u200e", "\u200f", "\u00ad", "\u064b", "\u0651", "\u0652", "\u0670", "\u0301", "\u0327", "ء"])  # fmt: skip
def test_marks_joiners_and_the_lone_hamza_vanish(mark: str) -> None:
    assert fold_text(f"وزرا{mark}") == "وزرا"
    assert fold_text(f"ب{mark}ب") == "بب"


@pytest.mark.parametrize("letter", list("پچژگدذرزسشصضطظعغقمنحخجتثdhjkmnpqrtvwxyz"))
def test_letters_that_tell_words_apart_stay(letter: str) -> None:
    assert fold_text(letter) == letter


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أمن", "امن"), ("إتفاق", "اتفاق"), ("آمن", "امن"), ("مذكرة", "مذكره"), ("مستشفى", "مستشفي"),
        ("تعـــاون", "تعاون"), ("تَعاوُن", "تعاون"), ("کورد", "كورد"), ("یاداشت", "ياداشت"), ("امضاء", "امضا"),
        ("هێز", "هيز"), ("ڕێککەوتن", "ريككهوتن"), ("کۆبوونەوە", "كوبوونهوه"), ("می‌شود", "ميشود"),
        ("هه‌رێمی كوردستان", "هەرێمی کوردستان"), ("ئه‌منی", "ئەمنی"), ("ده‌سه‌ڵات", "دەسەڵات"),
        ("رِێككه‌وتن", "ڕێککەوتن"), ("تۊرکیا", "تورکیا"), ("ﺍﻟﻌﺮﺍﻕ", "العراق"),
        ("İstanbul", "istanbul"), ("ISPARTA", "ısparta"), ("Sûriyê", "suriye"), ("güvenlik", "GUVENLIK"),
        ("Hewlêr", "hewler"), ("ŞIRNAK", "Şırnak"), ("İŞ BİRLİĞİ", "iş birliği"), ("Îraq", "iraq"),
        ("١٢٣", "123"), ("۱۲۳", "123"), ("ﻻ", "لا"), ("ت*ی*ر*ۆ*ر", "تيرور"), ("a\n  b", "a b"),
        ("عملـ ـيتي", "عمليتي"), ("د.ا.ع.ش", "داعش"), ("پ.ک.ک", "پکک"), ("إ*ر*هـــ*اب", "إرهاب"), ("د-ا-ع-ش", "داعش"),
    ],
)  # fmt: skip
def test_spellings_of_one_word_fold_alike(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@pytest.mark.parametrize("text", ["a * b", "2 * 3", "ق.م", "1445 هـ في", "بغداد - دمشق"])
def test_signs_between_words_break_nothing(text: str) -> None:
    assert len(fold_text(text).split()) == len(text.split())


LETTERS = st.text(alphabet="abcİıأإآىیکةەۆێڕڵء ـ*._-\u200c\u064e ﷺﻻûêÎ١۲،«\n\t", max_size=60)


@given(st.text(max_size=60) | LETTERS)
@example("a*\u200bb")
@example("ا.بـ.ج.د")
@example("ا.ب.\u200cج*د")
@settings(max_examples=600, deadline=None)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold_text(text)
    assert fold_text(once) == once


def test_folding_a_letter_twice_changes_nothing_more_for_all_of_unicode() -> None:
    for code in range(0x20000):
        once = fold_text(chr(code))
        assert fold_text(once) == once, hex(code)


@given(LETTERS | st.text(max_size=60))
@example("\u13a0")
@settings(max_examples=600, deadline=None)
def test_every_folded_letter_comes_from_the_original_letter_it_names(text: str) -> None:
    folded = fold(text)
    assert folded.text == fold_text(text)
    origins = [folded.origin(index) for index in range(len(folded.text))]
    assert origins == sorted(origins)
    for index, char in enumerate(folded.text):
        start, end = folded.original_span(index, index + 1)
        assert char in fold_text(text[start:end]) or text[start:end].isspace()


@given(LETTERS, st.integers(0, 60))
@settings(max_examples=300, deadline=None)
def test_an_original_place_finds_its_folded_letter(text: str, place: int) -> None:
    folded = fold(text)
    index = folded.index(place)
    assert all(folded.origin(i) < place for i in range(index))
    assert all(folded.origin(i) >= place for i in range(index, len(folded.text)))


@given(LETTERS)
@settings(max_examples=200, deadline=None)
def test_long_texts_fold_as_short_ones(text: str) -> None:
    """Long texts go another way (folded once, remembered)."""
    long = f"{text}\nx{'y' * LONG}"
    assert fold_text(long) == fold(long).text
    assert fold_text(long).startswith(fold_text(f"{text}\nx"))


@pytest.mark.parametrize(
    ("modern", "old"),
    [("هەرێمی کوردستان لە ساڵی ٢٠٢٤", "هه‌رێمی كوردستان له‌ ساڵی 2024"), ("وزراء الداخلية", "وزَراء الداخليـــة")],
)
def test_rules_hashes_grouping_and_numbers_see_the_same_fold(modern: str, old: str) -> None:
    assert unicodedata.normalize("NFKC", modern) != unicodedata.normalize("NFKC", old)
    new, former = (
        fingerprint(article("a", title=said, text=f"{said} {said}", language="ckb")) for said in (modern, old)
    )
    assert new.shingles
    assert new.features
    for name in ("content_hash", "shingles", "terms", "features", "numbers"):
        assert getattr(new, name) == getattr(former, name)
    assert places_in(modern) == places_in(old)
