"""Headings behind which other stories begin, in the languages of the outlets: reviewed by reading, no
more than what editors write there. Compared folded and lower case, as the whole heading."""

from __future__ import annotations

import re

from crawler.extract.fold import plain

_PHRASES = """
related; related articles; related news; related stories; related posts; related topics; related content
read also
also read; read more; read next; more stories; more news; more from; more on this story; more on this topic
see also
you may also like; you might also like; recommended; recommended for you; most read; most popular; latest news
latest
trending; top stories; don't miss; editor's picks; what to read next; also in the news; comments
leave a comment; leave a reply; share this
اقرأ أيضا; اقرا ايضا; إقرأ أيضا; اقرأ المزيد; مواضيع ذات صلة; أخبار ذات صلة; مقالات ذات صلة; ذات صلة; قد يهمك
قد يهمك أيضا
المزيد من الأخبار; الأكثر قراءة; آخر الأخبار; شاهد أيضا; التعليقات; اترك تعليقا; أخبار متعلقة; مواضيع مشابهة
أحدث الأخبار
مطالب مرتبط; اخبار مرتبط; بیشتر بخوانید; پربازدیدترین; پربیننده ترین; آخرین اخبار; نظرات; نظر شما; ارسال نظر
بیشتر
بابەتی پەیوەندیدار; بابەتە پەیوەندیدارەکان; هەواڵی پەیوەندیدار; زیاتر بخوێنەوە; زۆرترین خوێنراو; دوایین هەواڵ
هەواڵی زیاتر
mijarên têkildar; nûçeyên têkildar; zêdetir; zêdetir bixwîne; nûçeyên dawî
ilgili haberler; ilgili haber; benzer haberler; bunlar da ilginizi çekebilir; çok okunanlar; en çok okunanlar
son dakika; yorumlar; son haberler
você pode gostar; leia também; leia mais; veja também; lee también; te puede interesar; noticias relacionadas
leer más
lire aussi; à lire aussi; articles similaires; sur le même sujet; les plus lus; mehr zum thema; lesen sie auch
auch interessant
das könnte sie auch interessieren; meistgelesen; leggi anche; articoli correlati; czytaj więcej; czytaj też
przeczytaj także; les også; läs även
читайте также; по теме; похожие новости; кարդացեք նաև; კიდევ წაიკითხეთ; həmçinin oxuyun; oxşar xəbərlər
"""

_KNOWN = frozenset(plain(phrase).strip() for line in _PHRASES.split("\n") for phrase in line.split(";")) - {""}
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


def leads_elsewhere(heading: str) -> bool:
    """True for a heading that announces other stories, or readers' comments."""
    return len(heading) <= 60 and _EDGES.sub("", plain(heading)) in _KNOWN
