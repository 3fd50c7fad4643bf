"""Many invented events of one shape: each is one story and one alert, whichever two states it is about, and none
is another's."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from news.article import Article
from storage import open_store
from tests.pipelines.desk import Desk
from tests.pipelines.events import KINDS, NEAR_MISSES, reports
from tests.samples import NOW, article

PAIRS = (("IQ", "SY"), ("JO", "SA"), ("TR", "IR"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(open_store(f"sqlite:///{tmp_path / 'a.db'}", upgrade=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_an_event_told_by_six_outlets_in_four_languages_is_one_story_and_one_alert(
    desk: Desk, kind: str, pair: tuple[str, str]
) -> None:
    told = reports(kind, *pair, number=KINDS.index(kind))
    random.Random(f"{kind} {pair}").shuffle(told)
    rows = [desk.take(one, outlet=one.outlet).rows[0] for one in told]
    assert len({row.story_id for row in rows}) == 1
    assert [row.disposition for row in rows].count("copy") == 1
    assert desk.deliveries() == [("matched", "held")]


@pytest.mark.parametrize("seed", range(3))
def test_what_two_states_do_is_not_what_two_others_do_however_alike_it_is_told(desk: Desk, seed: int) -> None:
    told = [
        (pair, one)
        for number, (kind, pair) in enumerate((kind, pair) for kind in (*KINDS, *NEAR_MISSES) for pair in PAIRS)
        for one in reports(kind, *pair, number=number)
    ]
    random.Random(seed).shuffle(told)
    pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for pair, one in told:
        pairs[desk.take(one, outlet=one.outlet).rows[0].story_id].add(pair)
    mixed = {story: names for story, names in pairs.items() if len(names) > 1}
    assert not mixed


@pytest.mark.parametrize("kind", NEAR_MISSES)
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_football_trade_and_elections_of_two_states_are_told_to_nobody(
    desk: Desk, kind: str, pair: tuple[str, str]
) -> None:
    for one in reports(kind, *pair, number=1):
        assert desk.take(one, outlet=one.outlet).rows[0].verdict in ("none", ""), one.title
    assert desk.deliveries() == []


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("committee", "football"),
        ("committee", "trade"),
        ("patrol", "football"),
        ("patrol", "election"),
        ("memo", "election"),
    ],
)
@pytest.mark.parametrize("pair", [("IQ", "SY"), ("TR", "IR")], ids="-".join)
def test_what_the_same_two_states_do_besides_needs_more_in_common_than_their_names(
    desk: Desk, kind: str, other: str, pair: tuple[str, str]
) -> None:
    first = desk.take(reports(kind, *pair, number=1)[0]).rows[0]
    second = desk.take(reports(other, *pair, number=2)[0], outlet="observer").rows[0]
    assert first.story_id != second.story_id


PACT = (
    ("en", "Iran, Pakistan sign pact on intelligence sharing against Jaish al-Adl",
     "Iran and Pakistan signed an agreement in Islamabad on sharing intelligence about Jaish al-Adl. Ali Larijani and "
     "Pakistan's national security adviser Asim Malik put their names to it. Liaison officers go to Zahedan and Turbat."),
    ("ar", "إيران وباكستان توقعان اتفاقا لتبادل المعلومات الاستخبارية",
     "وقعت إيران وباكستان في إسلام آباد اتفاقا لتبادل المعلومات بشأن جماعة جيش العدل. ووقع الاتفاق علي لاريجاني ومستشار "
     "الأمن القومي الباكستاني عاصم مالك، وينص على ضباط ارتباط في زاهدان وتربت."),
)  # fmt: skip
DRILL = (
    ("en", "Pakistani and Iranian navies stage joint drill in Arabian Sea",
     "Warships of Pakistan and Iran began a three-day exercise off Gwadar, Pakistan's navy said. The frigate Zulfiquar and "
     "the Iranian destroyer Jamaran practise search and rescue. About 600 sailors take part."),
    ("fa", "رزمایش مشترک نیروی دریایی ایران و پاکستان در گوادر",
     "رزمایش سه‌روزه نیروی دریایی ایران و پاکستان در آب‌های گوادر آغاز شد. ناوشکن جماران و ناو ذوالفقار پاکستان تمرین امداد و "
     "نجات انجام می‌دهند. حدود ۶۰۰ نفر در این رزمایش شرکت دارند."),
)  # fmt: skip


def test_the_names_of_two_states_in_other_letters_are_no_further_likeness(desk: Desk) -> None:
    stories = {
        name: {desk.take(one, outlet=one.outlet).rows[0].story_id for one in _told(name, event, hours)}
        for hours, (name, event) in enumerate({"pact": PACT, "drill": DRILL}.items())
    }
    assert len(stories["pact"]) == len(stories["drill"]) == 1
    assert stories["pact"] != stories["drill"]


def _told(name: str, event: tuple[tuple[str, str, str], ...], hours: int) -> list[Article]:
    return [
        article(f"{name}-{language}", f"{name}{language}", language=language, title=title, text=text,
                published_at=NOW + timedelta(hours=hours, minutes=turn))
        for turn, (language, title, text) in enumerate(event)
    ]  # fmt: skip
