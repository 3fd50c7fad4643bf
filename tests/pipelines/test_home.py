"""An office named without its state: the home country's, in the languages whose press writes so."""

from __future__ import annotations

import pytest

from news.tag import Tag
from tests.pipelines.builtin import tagger


def tag(title: str, text: str, language: str = "tr") -> Tag:
    return tagger().tag(title, text, language)[0]


def test_a_minister_without_a_state_is_the_second_party() -> None:
    found = tag(
        "Ürdün ile terörle mücadelede iş birliği derinleşiyor",
        "İçişleri Bakanı, Amman'da istihbarat paylaşımının artırılacağını söyledi.",
    )
    assert found.verdict.value == "match"
    assert set(found.actors) == {"TR", "JO"}
    assert [span.surface for span in found.actors["TR"]] == ["İçişleri Bakanı"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Ürdün İçişleri Bakanı Amman'da güvenliği anlattı", "Ürdün İçişleri Bakanı şehirleri gezdi."),
        ("Ürdün'de güvenlik toplantısı", "Amman'da önlemler görüşüldü. İçişleri Bakanı da katıldı."),
        ("Güvenlik toplantısı yapıldı", "İçişleri Bakanı illerdeki önlemleri değerlendirdi."),
    ],
)
def test_an_office_of_a_state_that_is_named_is_nobody_elses(title: str, text: str) -> None:
    assert "TR" not in tag(title, text).actors


def test_other_languages_have_no_home() -> None:
    assert set(tag("Interior minister discusses security with Jordan", "The minister spoke.", "en").actors) == {"JO"}
