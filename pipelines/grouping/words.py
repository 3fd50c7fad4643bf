"""Words worth comparing, per language: folded, without stop words and clitics."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.fold import fold_text

_WORD = re.compile(r"\w+")
_CLITIC = re.compile(r"^(?:[وفبكل]{0,2}ال|لل|[وب](?=\w{5}))")
_ARABIC = re.compile(r"[\u0600-\u06ff]")

_STOP = frozenset(
    fold_text(
        "the a an of to in on at for and or but with by from as is are was were be been has have had it its "
        "this that these those he she they we his her their our said says say will would could not no after "
        "before over into about more than who which while also new two one first s t "
        "في من الى على عن ان أن إن كان كانت هذا هذه التي الذي الذين مع ما لا قد قال قالت وقال كما بعد قبل او أو "
        "ثم حيث خلال بين عند وقد ذلك تلك هو هي هم به بها له لها كل غير أي اي "
        "لە بۆ و بە کە ئەو ئەم لەگەڵ لەسەر بەڵام هەر یان نا دوای پێش ئەوە ئەمە دەکات کرد کردووە گوتی وتی لەو "
        "û ji di li bi ku ev ew de da re ya yê yên a ê jî her an na piştî berî got kir kiriye dike "
        "و در به از که این آن را با برای است بود شد می شود های هم نیز تا بر یا اما گفت کرد شده "
        "ve bir bu da de ile için olarak olan çok daha gibi kadar sonra önce ise ya o şu dedi etti"
    ).split()
)


def words_in(text: str) -> Iterator[str]:
    """Folded words of two letters and more; numbers too, stop words not."""
    for match in _WORD.finditer(fold_text(text)):
        word = match[0]
        if word in _STOP:
            continue
        if _ARABIC.match(word):
            word = _CLITIC.sub("", word)
        if len(word) >= 2 and word not in _STOP:
            yield word
