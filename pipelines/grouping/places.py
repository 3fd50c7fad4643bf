"""Towns and governorates: two like incidents in different places are two stories."""

from __future__ import annotations

import re

from pipelines.fold import fold_text

_NAMES = {
    "baghdad": "Baghdad بغداد بەغدا Bexda Bağdat", "kirkuk": "Kirkuk كركوك کەرکووک کەرکوک Kerkûk Kerkük",
    "diyala": "Diyala ديالى دیالە Diyale", "basra": "Basra البصرة بصرة بەسرە Besra",
    "mosul": "Mosul Nineveh الموصل نينوى مووسڵ نەینەوا Mûsil Musul", "erbil": "Erbil أربيل هەولێر Hewlêr",
    "sulaymaniyah": "Sulaymaniyah Sulaimani السليمانية سلێمانی Silêmanî Süleymaniye",
    "duhok": "Duhok دهوك دهۆک Dihok", "anbar": "Anbar الأنبار ئەنبار Enbar Ramadi الرمادي",
    "najaf": "Najaf النجف نەجەف", "karbala": "Karbala كربلاء کەربەلا", "babil": "Babil بابل Hilla الحلة",
    "wasit": "Wasit واسط Kut الكوت", "maysan": "Maysan ميسان Amara العمارة",
    "saladin": "Saladin صلاح الدين Tikrit تكريت",
    "dhiqar": "Nasiriyah الناصرية", "samarra": "Samarra سامراء",
    "sinjar": "Sinjar سنجار شنگال Şingal Şengal",
    "damascus": "Damascus دمشق دیمەشق Şam", "aleppo": "Aleppo حلب حەلەب Heleb Halep", "homs": "Homs حمص",
    "idlib": "Idlib إدلب", "deirezzor": "Deir ez-Zor", "hasakah": "Hasakah الحسكة حەسەکە Hesekê", "daraa": "Daraa درعا",
    "raqqa": "Raqqa الرقة ڕەققە Reqa",
    "qamishli": "Qamishli القامشلي قامیشلۆ Qamişlo", "kobani": "Kobani كوباني کۆبانێ Kobanê",
    "sweida": "Sweida Suwayda السويداء", "tehran": "Tehran طهران تاران Tahran", "ankara": "Ankara أنقرة ئەنقەرە",
    "istanbul": "Istanbul إسطنبول ئیستانبوڵ İstanbul", "diyarbakir": "Diyarbakir ديار بكر ئامەد Amed Diyarbakır",
    "beirut": "Beirut بيروت بەیروت Beyrut", "gaza": "Gaza غزة غەززە", "amman": "Amman", "sanaa": "Sanaa صنعاء",
    "cairo": "Cairo القاهرة", "riyadh": "Riyadh الرياض", "doha": "Doha الدوحة",
}  # fmt: skip
_PLACE = {fold_text(word): place for place, words in _NAMES.items() for word in words.split()}
_WORD = re.compile(r"\w+")
_PREFIXES = "وبلف"
_PREFIX = re.compile(rf"^[{_PREFIXES}]{{1,2}}(?=\w{{4}})")


def places_in(folded: str) -> tuple[str, ...]:
    """Ids of the places that a folded text names, in order, each once."""
    found: dict[str, None] = {}
    for word in _WORD.findall(folded):
        place = _PLACE.get(word) or (word[0] in _PREFIXES and _PLACE.get(_PREFIX.sub("", word)))
        if place:
            found[place] = None
    return tuple(found)
