"""Corrections that outlets publish at an address of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.correcting import is_correction
from storage import open_store
from tests.pipelines.desk import MEMO, Desk
from tests.samples import NOW


@pytest.mark.parametrize(
    "title",
    [
        "Correction: 14 officers signed, not 40", "CORRECTED - Fourteen officers signed", "Fourteen officers signed (corrected)",
        "تصحيح: أربعة عشر ضابطا وقعوا", "تصويب | أربعة عشر ضابطا", "(تصحيح) أربعة عشر ضابطا", "اصلاحیه: چهارده افسر امضا کردند",
        "ڕاستکردنەوە: چواردە ئەفسەر واژۆیان کرد", "Sererastkirin: Çardeh efseran îmze kirin", "DÜZELTME: On dört subay imzaladı",
    ],
)  # fmt: skip
def test_the_first_word_before_a_sign_or_the_last_in_brackets_marks_a_correction(title: str) -> None:
    assert is_correction(title, "")
    assert is_correction("Fourteen officers signed", f"{title}\n\nThe number was wrong.") or title.endswith(")")


@pytest.mark.parametrize(
    "title",
    [
        "Correction of the market cost traders 14 billion", "Corrections officers on strike", "Party wants a correction: more bread",
        "تصحيح المسار مطلب المتظاهرين", "ثورة تصحيح: ما بعد الانتخابات", "Düzeltme talebi reddedildi", "",
    ],
)  # fmt: skip
def test_the_same_words_in_a_sentence_do_not(title: str) -> None:
    assert not is_correction(title, title)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}", upgrade=True)
    desk = Desk(store)
    desk.take(MEMO)
    desk.clock.forward(minutes=2)
    desk.send_all()
    yield desk
    store.close()


FIXED = replace(
    MEMO,
    url="https://tigris.example/memo-fixed",
    link="https://tigris.example/memo-fixed",
    title=f"Correction: {MEMO.title}",
    text=f"An earlier version named the wrong number of officers. {MEMO.text}",
    published_at=NOW + timedelta(hours=1),
)


def test_an_outlets_marked_correction_at_another_address_is_told_as_one(desk: Desk) -> None:
    assert desk.take(FIXED).rows[0].disposition == "copy"
    assert desk.deliveries() == [("matched", "delivered"), ("corrected", "held")]
    note = desk.store.catalogue.alerts(limit=1)[0].alert.note
    assert note.endswith(f"corrects itself: {FIXED.title}")


def test_without_a_mark_or_by_another_outlet_a_copy_corrects_nothing(desk: Desk) -> None:
    desk.take(replace(FIXED, title=MEMO.title))
    levant = "https://levant.example/fixed"
    desk.take(replace(FIXED, url=levant, link=levant, outlet="levant", source="levant/en"), outlet="levant")
    assert desk.deliveries() == [("matched", "delivered")]
