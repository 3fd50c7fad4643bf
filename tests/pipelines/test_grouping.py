"""Stories: copies, same event across languages, and what must stay apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marsad.demo import articles
from pipelines.fingerprint import fingerprint
from pipelines.grouping.filter import GroupFilter
from tests.samples import NOW, article


def record(name: str, title: str, text: str, lang: str = "en", hours: float = 0, source: str = "") -> dict[str, Any]:
    at = (NOW + timedelta(hours=hours)).isoformat()
    return {"id": name, "title": title, "text": text, "lang": lang, "published": at, "source": source or name}


def piece(index: int, pieces: tuple[articles.Piece, ...], lang: str, name: str) -> dict[str, Any]:
    one = pieces[index]
    return record(name, one.title, "\n\n".join(one.paragraphs), lang, -one.hours)


def test_one_event_in_four_languages_with_a_copy_is_one_story_and_others_are_not() -> None:
    group = GroupFilter()
    told = [
        piece(0, articles.ENGLISH, "en", "tigris"),
        piece(0, articles.ARABIC, "ar", "rafidain"),
        piece(0, articles.SORANI, "ckb", "zagros"),
        piece(0, articles.KURMANJI, "kmr", "botan"),
        piece(0, articles.OBSERVER, "en", "levant"),
    ]
    answers = [group.take(one) for one in told]
    assert len({a["story"] for a in answers}) == 1
    assert answers[4]["dup"] == answers[0]["dup"], "the wire copy"
    assert len({a["dup"] for a in answers}) == 4
    others = [
        piece(i, pieces, lang, f"{lang}{i}")
        for pieces, lang in ((articles.ENGLISH, "en"), (articles.ARABIC, "ar"), (articles.KURMANJI, "kmr"))
        for i in (1, 2)
    ]
    assert answers[0]["story"] not in {group.take(one)["story"] for one in others}


def test_like_incidents_in_different_places_are_different_stories() -> None:
    text = "Three people were killed by a roadside bomb in {0} on Monday, police in {0} said. Five were wounded."
    group = GroupFilter()
    one = group.take(record("a", "3 killed by roadside bomb in Kirkuk", text.format("Kirkuk")))
    two = group.take(record("b", "3 killed by roadside bomb in Diyala", text.format("Diyala"), hours=3))
    assert one["story"] != two["story"]


def test_like_incidents_weeks_apart_are_different_stories() -> None:
    text = "Three people were killed by a roadside bomb in Kirkuk on Monday, police in Kirkuk said. Five were wounded."
    group = GroupFilter()
    one = group.take(record("a", "3 killed by roadside bomb in Kirkuk", text))
    two = group.take(record("b", "Three killed in Kirkuk by a roadside bomb", text[:60] + " Again.", hours=24 * 20))
    assert one["story"] != two["story"]


def test_a_daily_price_list_is_a_series_and_no_copy() -> None:
    def prices(day: int) -> str:
        rows = " ".join(f"the {name} market sells at {1000 + day * 7 + i * 13} dinars and buys at {990 + day * 7 + i * 13} dinars"
                        for i, name in enumerate(("Baghdad", "Basra", "Mosul", "Erbil", "Najaf")))  # fmt: skip
        return f"Dollar prices at the exchanges this morning were as follows: {rows} according to the exchange offices."

    group = GroupFilter()
    one = group.take(record("d1", "Dollar prices on Monday", prices(1)))
    two = group.take(record("d2", "Dollar prices on Tuesday", prices(2), hours=24))
    assert one["dup"] != two["dup"]


def test_a_later_line_of_the_same_id_keeps_its_story() -> None:
    group = GroupFilter()
    first = group.take(record("a", "Rain lifts the river", "Heavy rain lifted the river by forty centimetres."))
    again = group.take(record("a", "Entirely different words", "Nothing of the former text is left in this one."))
    assert again["story"] == first["story"]


def test_a_rebuilt_index_decides_as_the_old_one() -> None:
    told = [
        piece(i, pieces, lang, f"{lang}{i}")
        for pieces, lang in ((articles.ENGLISH, "en"), (articles.ARABIC, "ar"), (articles.SORANI, "ckb"))
        for i in range(3)
    ]
    long_lived = GroupFilter()
    expected = [long_lived.take(one)["story"] for one in told]
    for cut in range(1, len(told)):
        rebuilt = GroupFilter()
        assert [rebuilt.take(one)["story"] for one in told[:cut]] == expected[:cut]
        fresh = GroupFilter()
        for filed in rebuilt._known.values():
            fresh._index.add(filed)
        assert fresh.take(told[cut])["story"] == expected[cut]


def test_an_arabic_and_a_sorani_report_meet_without_one_that_marks_its_names() -> None:
    """Any of their words may be a name, so that names are a small part of what is compared."""
    group = GroupFilter()
    arabic = group.take(
        record(
            "ar", "حريق كبير يلتهم مستودعا للحبوب في ميناء طرابزون",
            "التهم حريق كبير مساء الأربعاء مستودعا للحبوب في ميناء طرابزون التركي، وقالت السلطات إن فرق الإطفاء عملت ست ساعات قبل أن "
            "تسيطر على النيران. وأوضح قائد الإطفاء هاكان يلديريم أن السفينة كورنيليا التي كانت راسية قرب المستودع سُحبت إلى عرض البحر، وأن "
            "شركة ألتونداغ المالكة تقدر خسائرها بنحو 48 مليون ليرة. ولم يسجل سقوط ضحايا، لكن 17 عاملا نقلوا إلى المستشفى بسبب الدخان، ووعدت "
            "البلدية بفتح تحقيق في أسباب الحادث بعد أن اشتكى السكان من الإهمال مرات كثيرة خلال الصيف الماضي.",
            lang="ar",
        )
    )  # fmt: skip
    sorani = group.take(
        record(
            "ckb", "ئاگرێکی گەورە کۆگایەکی دانەوێڵە لە بەندەری ترابزۆن دەسووتێنێت",
            "ئێوارەی چوارشەممە ئاگرێکی گەورە کۆگایەکی دانەوێڵەی لە بەندەرەکە سووتاند و ئاگرکوژێنەوەکان دوای شەش کاتژمێر "
            "کۆنترۆڵیان کرد. بەرپرسی ئاگرکوژێنەوە ڕایگەیاند کە کەشتییەک لە نزیک کۆگاکە بوو و ڕاکێشرایە ناو دەریا. کۆمپانیای خاوەنی "
            "کۆگاکە هێشتا زیانەکانی نەخەمڵاندووە. کەس گیانی لەدەست نەدا، بەڵام چەند کرێکارێک بەهۆی دووکەڵەوە بێهۆش بوون و لە شوێنەکە چارەسەر کران. "
            "دانیشتووانی گەڕەکە نزیکەکان شەوەکەیان لە دەرەوەی ماڵەکانیان بەسەر برد و داوایان کرد ئەو جۆرە کۆگایانە بگوازرێنەوە.",
            lang="ckb", hours=3,
        )
    )  # fmt: skip
    assert arabic["story"] == sorani["story"]


def test_an_ordinary_word_that_begins_a_sentence_is_no_name() -> None:
    """`Wezîrên`, ministers, has the consonants of `Syrian`."""
    said = fingerprint(article("a", title="Wezîrên hundir li Hewlêrê civiyan", text="Wezîrên ...", language="kmr"))
    other = fingerprint(article("b", title="Syrian officials in Erbil", text="A Syrian delegation ..."))
    assert "@minister" in said.features
    names = {key for key in other.features if key[0] not in "@=#"}
    assert names
    assert not names & said.features.keys()


def test_states_and_themes_that_both_texts_name_in_passing_make_no_story() -> None:
    """A theme is told by wide lists: two of them beside the same two states are soon in common."""
    group = GroupFilter()
    trenches = group.take(
        record(
            "ar", "جنود يحفرون خنادق قرب القرى الشرقية",
            "نشر الجيش مدرعات ودبابات قرب الحدود وحفر خنادق بعمق ثلاثة أمتار حول مزارع الفستق. وقال ضابط إن القوات تحرس القرى من المهربين "
            "القادمين من سوريا، وإن وزارة الدفاع في العراق أرسلت مروحيات.",
            lang="ar",
        )
    )  # fmt: skip
    novel = group.take(
        record(
            "en", "Critics applaud Marlowe's sequel at Rosemont festival",
            "Penelope Marlowe's second novel compares childhoods in Iraq and Syria. Its narrator loves Valentina, who paints "
            "tanks, helicopters and lighthouses beyond the border for the army. Critics at the Rosemont festival praised "
            "Marlowe's irony; Gwendolyn Fairweather of the Chronicle called it a masterpiece, Theodore Blackwood a "
            "disappointment. The Iraqi defence ministry bought a drawing of tanks. Iraq and Syria are seen from Melbourne, "
            "where Marlowe lives.",
            hours=2,
        )
    )  # fmt: skip
    assert trenches["story"] != novel["story"]
