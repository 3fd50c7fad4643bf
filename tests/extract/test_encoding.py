"""Bytes as outlets serve them, against the text that was written."""

from __future__ import annotations

import pytest

from crawler.extract.encoding import decode

ARABIC = "العراق يوقع مذكرة أمنية مع سوريا، والاتفاق هو الأول"
SORANI = "ڕۆژنامەی ئەمڕۆ لە هەولێر بڵاوکرایەوە و ئالای هەڵکرا"
TURKISH = "Cumhurbaşkanı çözüm süreci öğüdünü şöyle görüştü"
FRENCH = "La forêt où l'élève a été réélu, déjà œuvre de Noël"


def paragraphs(text: str) -> str:
    return f"<html><p>{text}</p><p>{text}</p><p>{text}</p></html>"


@pytest.mark.parametrize("text", [ARABIC, SORANI, FRENCH])
@pytest.mark.parametrize("declared", ["utf-8", "", "windows-1256"])
def test_a_broken_letter_leaves_a_page_of_utf8_what_it_is(text: str, declared: str) -> None:
    raw = paragraphs(text).encode()
    found, encoding = decode(raw + b"\xd9 cut \xff" + raw, declared=declared)
    assert (found.count(text), encoding) == (6, "utf-8")


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "utf-8", "", "windows-1256"])
def test_arabic_is_not_believed_to_be_western(declared: str) -> None:
    assert ARABIC in decode(paragraphs(ARABIC).encode("cp1256"), declared=declared)[0]


@pytest.mark.parametrize(
    ("text", "declared"), [(FRENCH, "iso-8859-1"), (FRENCH, "windows-1252"), (TURKISH, "iso-8859-9")]
)
def test_what_is_western_is_read_as_declared(text: str, declared: str) -> None:
    assert (
        text in decode(paragraphs(text).encode({"iso-8859-1": "cp1252"}.get(declared, declared)), declared=declared)[0]
    )


@pytest.mark.parametrize("text", [ARABIC, SORANI])
@pytest.mark.parametrize("taken_for", ["cp1256", "latin-1"])
def test_text_encoded_twice_is_turned_back(text: str, taken_for: str) -> None:
    twice = paragraphs(text).encode().decode(taken_for).encode()
    assert decode(twice)[0] == paragraphs(text)


def test_a_page_with_one_part_encoded_twice_keeps_the_others() -> None:
    twice = paragraphs(ARABIC).encode().decode("cp1256")
    assert decode((paragraphs(SORANI) + twice).encode())[0] == paragraphs(SORANI) + paragraphs(ARABIC)


@pytest.mark.parametrize("text", [ARABIC, SORANI, TURKISH, FRENCH, "ظل طائر ظهر ط§"])
def test_right_text_is_left_alone(text: str) -> None:
    assert decode(paragraphs(text).encode(), declared="windows-1256")[0] == paragraphs(text)


def test_utf16_is_read_as_declared_where_no_mark_names_it() -> None:
    assert decode(paragraphs(ARABIC).encode("utf-16-le"), declared="utf-16le")[0] == paragraphs(ARABIC)
