"""Fold and tag against a plain regex tagger on the same articles, in one run.

The articles are invented: 4 kB of UTF-8 each, in six languages in turn, most of them about other things than
security, as in a newsroom's feeds. `--profile` shows where the time goes.
"""

from __future__ import annotations

import cProfile
import pstats
import random
import re
import sys
import time
from collections.abc import Callable, Sequence

from marsad.heap import settle
from pipelines.fold import fold, fold_text
from pipelines.tagging.lexicon import builtin_lexicons
from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.tagger import Tagger

COUNT = 240
BYTES = 4000
ROUNDS = 7
RELEVANT = 0.15
"""Share of sentences that have to do with states or security."""

PLAIN = {
    "en": "the river rose after a week of rain and the farmers of the valley moved their sheep to higher ground . "
    "she opened a small shop near the old bridge where her father used to mend shoes . children walked to school "
    "through narrow streets full of the smell of fresh bread",
    "ar": "ارتفع منسوب النهر بعد أسبوع من المطر ونقل مزارعو الوادي أغنامهم إلى أرض أعلى . فتحت متجرا صغيرا قرب "
    "الجسر القديم حيث كان والدها يصلح الأحذية . سار الأطفال إلى المدرسة عبر أزقة تفوح منها رائحة الخبز",
    "ckb": "ئاستی ڕووبارەکە دوای هەفتەیەک باران بەرز بووەوە و جوتیارانی دۆڵەکە مەڕەکانیان بردە شوێنێکی بەرزتر . "
    "دوکانێکی بچووکی لە نزیک پردە کۆنەکە کردەوە کە باوکی لەوێ پێڵاوی چاک دەکرد . منداڵان بە کۆڵانە تەسکەکاندا دەچوون",
    "kmr": "asta çem piştî hefteyeke baranê bilind bû û cotkarên newalê pezên xwe birin cihekî bilindtir . wê dikaneke "
    "piçûk li nêzîkî pira kevn vekir ku bavê wê lê sol çêdikirin . zarok di kolanên teng re çûn dibistanê",
    "fa": "سطح رودخانه پس از یک هفته باران بالا آمد و دهقانان دره گوسفندان خود را به زمین بلندتر بردند . او مغازه "
    "کوچکی نزدیک پل قدیمی باز کرد که پدرش در آن کفش می‌دوخت . کودکان از کوچه‌های باریک به مدرسه رفتند",
    "tr": "bir haftalık yağmurun ardından nehrin seviyesi yükseldi ve vadideki çiftçiler koyunlarını yüksek yere taşıdı . "
    "eski köprünün yanında babasının ayakkabı onardığı yerde küçük bir dükkan açtı . çocuklar dar sokaklardan okula yürüdü",
}
TELLING = {
    "en": "Iraq and Syria signed a security agreement on border control in Baghdad",
    "ar": "وقع العراق وسوريا اتفاقا أمنيا لضبط الحدود في بغداد",
    "ckb": "عێراق و سووریا ڕێککەوتنێکی ئەمنییان بۆ پاراستنی سنوور لە بەغدا واژۆ کرد",
    "kmr": "Iraq û Sûriyê li Bexdayê peymana ewlehiya sînor îmze kirin",
    "fa": "عراق و سوریه در بغداد توافق امنیتی برای کنترل مرز امضا کردند",
    "tr": "Irak ve Suriye Bağdat'ta sınır güvenliği için bir güvenlik anlaşması imzaladı",
}


def articles(count: int) -> list[tuple[str, str, str]]:
    """(title, text, language)."""
    chance = random.Random(1)
    return [article(chance, list(PLAIN)[number % len(PLAIN)]) for number in range(count)]


def article(chance: random.Random, language: str) -> tuple[str, str, str]:
    words = PLAIN[language].replace(" .", "").split()
    sentences: list[str] = []
    size = 0
    while size < BYTES:
        telling = chance.random() < RELEVANT
        sentence = (TELLING[language] if telling else " ".join(chance.choices(words, k=14))).capitalize() + "."
        sentences.append(sentence)
        size += len(sentence.encode()) + 1
    return " ".join(chance.choices(words, k=9)), "\n".join(sentences), language


def rate(work: Callable[[str, str, str], object], texts: Sequence[tuple[str, str, str]]) -> float:
    """Articles a second of processor time: the best of some rounds, since what else runs on a shared machine
    only ever takes away."""
    rates = []
    for _ in range(ROUNDS):
        fold.cache_clear()
        begun = time.process_time()
        for title, text, language in texts:
            work(title, text, language)
        rates.append(len(texts) / (time.process_time() - begun))
    return max(rates)


def main() -> None:
    texts = articles(COUNT)
    tagger = Tagger([rule_from(given, origin=name) for name, given in builtin_rules().items()])
    for title, text, language in texts[: len(PLAIN)]:
        tagger.tag(title, text, language)
    settle()
    if "--profile" in sys.argv:
        profile = cProfile.Profile()
        profile.runcall(rate, tagger.tag, texts)
        pstats.Stats(profile).sort_stats("tottime").print_stats(18)
        return
    patterns = {p.text for e in builtin_lexicons().values() for p in e.patterns}
    plain = re.compile("|".join(re.escape(p) for p in sorted(patterns, key=len, reverse=True)), re.IGNORECASE)
    folding = rate(lambda title, text, language: fold(text), texts)
    tagging = rate(tagger.tag, texts)
    # A hundred times as slow: a sample is enough.
    regex = rate(lambda title, text, language: plain.findall(fold_text(text)), texts[:12])
    print(
        f"tagging: {tagging:.0f} articles/s of {BYTES} bytes ({folding:.0f} folded alone) with {len(patterns)} patterns; "
        f"one alternation of a regex over the same folded texts: {regex:.0f} articles/s"
    )


if __name__ == "__main__":
    main()
