"""The model case: a memorandum told by six outlets in four languages; and claims on state and order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from news.article import Article
from pipelines.grouping.filter import GroupFilter
from storage import open_store
from tests.pipelines.desk import Desk
from tests.pipelines.test_grouping import record
from tests.samples import NOW, article

ENGLISH = article(
    "memo", "tigris", title="Iraq and Syria interior ministers sign security memorandum in Baghdad",
    text="The interior ministers of Iraq and Syria, Abdul Amir al-Shammari and Mohammed al-Rahmoun, put their names "
    "to a memorandum of understanding in Baghdad on Sunday. It provides for cooperation against drug trafficking, for "
    "joint control of the 600 kilometre border and for the handover of wanted persons.\n\n"
    "Al-Shammari said that both ministries would open a joint operations room and share what they know of networks "
    "that carry Captagon from Damascus to the Gulf.",
)  # fmt: skip
WIRE = replace(
    ENGLISH, url="https://observer.example/wire", link="https://observer.example/wire", outlet="observer",
    source="observer/en", text=f"BAGHDAD (Tigris Wire) - {ENGLISH.text}", published_at=NOW + timedelta(minutes=20),
)  # fmt: skip
SECOND = article(
    "report", "gulfdesk", title="Baghdad and Damascus agree on security cooperation, border control",
    text="Syria's interior minister Mohammed al-Rahmoun and his Iraqi counterpart Abdul Amir al-Shammari signed a "
    "security cooperation memorandum in Baghdad, the Iraqi interior ministry said. Drug smuggling, above all of "
    "Captagon, and the shared border of 600 kilometres were the main subjects.",
)  # fmt: skip
ARABIC = article(
    "mudhakkira", "rafidain", language="ar", title="وزيرا داخلية العراق وسوريا يوقعان في بغداد مذكرة تفاهم أمنية",
    text="وقع وزير الداخلية العراقي عبد الأمير الشمري ونظيره السوري محمد الرحمون في بغداد مذكرة تفاهم للتعاون الأمني بين "
    "البلدين، تشمل مكافحة تهريب المخدرات وضبط الحدود المشتركة البالغ طولها 600 كيلومتر وتسليم المطلوبين.\n\n"
    "وقال الشمري إن الوزارتين ستفتحان غرفة عمليات مشتركة لملاحقة شبكات الكبتاغون.",
)  # fmt: skip
SORANI = article(
    "yaddasht", "zagros", language="ckb", title="وەزیرانی ناوخۆی عێراق و سووریا لە بەغدا یاداشتنامەیەکی ئەمنی واژۆ دەکەن",
    text="وەزیری ناوخۆی عێراق عەبدولئەمیر شەمەری و وەزیری ناوخۆی سووریا محەمەد ڕەحموون لە بەغدا یاداشتنامەیەکی "
    "لێکتێگەیشتنیان بۆ هاوکاریی ئەمنی واژۆ کرد. یاداشتنامەکە بەرەنگاربوونەوەی قاچاخی ماددە هۆشبەرەکان و کۆنترۆڵی "
    "سنووری ٦٠٠ کیلۆمەتریی نێوان هەردوو وڵات دەگرێتەوە.",
)  # fmt: skip
PERSIAN = article(
    "tafahom", "karun", language="fa", title="وزیران کشور عراق و سوریه در بغداد تفاهم‌نامه امنیتی امضا کردند",
    text="عبدالامیر الشمری وزیر کشور عراق و محمد الرحمون وزیر کشور سوریه در بغداد تفاهم‌نامه همکاری امنیتی امضا کردند. "
    "مبارزه با قاچاق مواد مخدر، کنترل مرز مشترک ۶۰۰ کیلومتری و استرداد افراد تحت تعقیب از محورهای این تفاهم‌نامه است.",
)  # fmt: skip
REPORTS = (ENGLISH, WIRE, SECOND, ARABIC, SORANI, PERSIAN)


@pytest.mark.parametrize("seed", range(6))
def test_six_outlets_in_four_languages_with_a_wire_copy_are_one_story_and_one_alert(tmp_path: Path, seed: int) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}", upgrade=True)
    desk = Desk(store)
    order = list(REPORTS)
    random.Random(seed).shuffle(order)
    rows = [desk.take(one, outlet=one.outlet).rows[0] for one in order]
    assert len({row.story_id for row in rows}) == 1
    assert [row.disposition for row in rows].count("copy") == 1
    assert desk.deliveries() == [("matched", "held")]
    record = store.catalogue.story(rows[0].story_id)
    assert record is not None
    assert set(record.row.languages) == {"en", "ar", "ckb", "fa"}
    assert len(record.row.story.owners) == 5
    named = {name for one in record.articles for name in one.sighting.evidence.shared.get("names", ())}
    assert any(" = " in name for name in named), "surfaces in two scripts"
    store.close()


def _stream() -> list[Article]:
    cities = ("Kirkuk", "Basra", "Mosul", "Najaf", "Erbil")
    told: list[Article] = list(REPORTS)
    for number, city in enumerate(cities * 3):
        told.append(
            article(
                f"n{number}", f"outlet{number % 4}", title=f"{number + 2} held after raid in {city}",
                text=f"Police in {city} held {number + 2} people after a raid on a store of weapons, the governorate "
                f"said. Colonel Name{chr(65 + number)}dar led the raid. " + "The search goes on. " * 3,
                published_at=NOW + timedelta(hours=number),
            )
        )  # fmt: skip
    return told


@pytest.mark.parametrize("seed", range(4))
def test_restarts_at_random_places_change_no_assignment(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    told = _stream()
    chance.shuffle(told)
    whole = Desk(open_store(f"sqlite:///{tmp_path / 'a.db'}", upgrade=True))
    broken = Desk(open_store(f"sqlite:///{tmp_path / 'b.db'}", upgrade=True))
    for one in told:
        if chance.random() < 0.4:
            broken = Desk(broken.store)
        expected, found = (desk.take(one, outlet=one.outlet).rows[0] for desk in (whole, broken))
        assert (found.story_id, found.disposition) == (expected.story_id, expected.disposition)
    for desk in (whole, broken):
        desk.store.close()


def test_the_window_depends_on_its_articles_and_not_on_their_order() -> None:
    """What is documented: decisions depend on the order of arrival, the state they are made from does not."""
    told = _stream()
    probe = record(
        "probe", "Raid in Basra: 3 held", "Police in Basra held 3 people after a raid on a store of weapons."
    )
    source = GroupFilter()
    for number, one in enumerate(told):
        source.take(record(str(number), one.title, one.text, one.language))
    answers = set()
    for seed in range(4):
        filed = list(source._known.values())
        random.Random(seed).shuffle(filed)
        fresh = GroupFilter()
        for one in filed:
            fresh._index.add(one)
        answers.add(fresh.take(dict(probe))["story"])
    assert len(answers) == 1


def test_like_incidents_in_another_city_or_with_other_numbers_on_another_day_stay_apart() -> None:
    group = GroupFilter()
    text = "Gunmen opened fire on a checkpoint in {0} and killed {1} officers, police in {0} said. A search began."
    first = group.take(record("a", "4 officers killed at Kirkuk checkpoint", text.format("Kirkuk", 4)))
    city = group.take(record("b", "4 officers killed at Mosul checkpoint", text.format("Mosul", 4), hours=2))
    day = group.take(record("c", "7 officers killed at Kirkuk checkpoint", text.format("Kirkuk", 7)[:90], hours=40))
    assert len({first["story"], city["story"], day["story"]}) == 3
