"""Invented events, each told by six outlets in four languages: what two states do, whichever two they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from news.article import Article
from tests.samples import NOW, article

_STATES = {
    "IQ": ("Iraq", "Iraqi", "العراق", "العراقي", "عێراق", "عراق", "Baghdad", "بغداد", "بەغدا", "بغداد"),
    "SY": ("Syria", "Syrian", "سوريا", "السوري", "سووریا", "سوریه", "Damascus", "دمشق", "دیمەشق", "دمشق"),
    "JO": ("Jordan", "Jordanian", "الأردن", "الأردني", "ئوردن", "اردن", "Amman", "عمّان", "ئەممان", "امان"),
    "TR": ("Turkey", "Turkish", "تركيا", "التركي", "تورکیا", "ترکیه", "Ankara", "أنقرة", "ئەنقەرە", "آنکارا"),
    "IR": ("Iran", "Iranian", "إيران", "الإيراني", "ئێران", "ایران", "Tehran", "طهران", "تاران", "تهران"),
    "SA": (
        "Saudi Arabia",
        "Saudi",
        "السعودية",
        "السعودي",
        "سعوودیە",
        "عربستان سعودی",
        "Riyadh",
        "الرياض",
        "ڕیاز",
        "ریاض",
    ),
}
"""English, English and Arabic adjective, the others; then the capital."""

_PEOPLE = (
    ("Salim al-Hadi", "سالم الهادي", "سالم ئەلهادی", "سالم الهادی"),
    ("Faris Darwish", "فارس درويش", "فارس دەروێش", "فارس درویش"),
    ("Tariq al-Mansouri", "طارق المنصوري", "تاریق ئەلمەنسووری", "طارق المنصوری"),
    ("Nabil Qassab", "نبيل قصاب", "نەبیل قەساب", "نبیل قصاب"),
    ("Hakan Yildiz", "هاكان يلدز", "هاکان یڵدز", "هاکان یلدز"),
    ("Reza Moradi", "رضا مرادي", "ڕەزا مورادی", "رضا مرادی"),
)

_TOLD: dict[str, dict[str, list[tuple[str, str]]]] = {
    "memo": {
        "en": [
            ('{a} and {b} interior ministers sign security memorandum in {c}',
             'The interior ministers of {a} and {b}, {p} and {q}, put their names to a memorandum of understanding in {c} on Sunday. It provides for cooperation against drug trafficking, for joint control of the {n} kilometre border and for the handover of wanted persons.\n\n{p} said that both ministries would open a joint operations room within {d} days and share what they know of smuggling networks.'),
            ('{c}: {ba} minister inks security cooperation accord with {aa} counterpart',
             "{b}'s interior minister {q} and his {aa} counterpart {p} agreed in {c} to work together on security, the {aa} interior ministry said. Narcotics, the shared border of {n} kilometres and fugitives were the main subjects of the accord."),
        ],
        "ar": [
            ('وزيرا داخلية {aar} و{bar} يوقعان مذكرة تفاهم أمنية في {car}',
             'وقع وزير الداخلية {aaar} {par} ونظيره {baar} {qar} في {car} مذكرة تفاهم للتعاون الأمني بين البلدين، تشمل مكافحة تهريب المخدرات وضبط الحدود المشتركة البالغ طولها {n} كيلومترا وتسليم المطلوبين.\n\nوقال {par} إن الوزارتين ستفتحان غرفة عمليات مشتركة خلال {d} يوما.'),
        ],
        "ckb": [
            ('وەزیرانی ناوخۆی {ackb} و {bckb} لە {cckb} یاداشتنامەیەکی ئەمنی واژۆ دەکەن',
             'وەزیری ناوخۆی {ackb} {pckb} و وەزیری ناوخۆی {bckb} {qckb} لە {cckb} یاداشتنامەیەکی لێکتێگەیشتنیان بۆ هاوکاریی ئەمنی واژۆ کرد. یاداشتنامەکە بەرەنگاربوونەوەی قاچاخی ماددە هۆشبەرەکان و کۆنترۆڵی سنووری {n} کیلۆمەتریی نێوان هەردوو وڵات دەگرێتەوە و لە ماوەی {d} ڕۆژدا ژووری ئۆپەراسیۆنی هاوبەش دەکرێتەوە.'),
        ],
        "fa": [
            ('وزیران کشور {afa} و {bfa} در {cfa} تفاهم\u200cنامه امنیتی امضا کردند',
             '{pfa} وزیر کشور {afa} و {qfa} وزیر کشور {bfa} در {cfa} تفاهم\u200cنامه همکاری امنیتی امضا کردند. مبارزه با قاچاق مواد مخدر، کنترل مرز مشترک {n} کیلومتری و استرداد افراد تحت تعقیب از محورهای این تفاهم\u200cنامه است. اتاق عملیات مشترک ظرف {d} روز گشایش می\u200cیابد.'),
        ],
    },
    "committee": {
        "en": [
            ('Joint {aa}-{ba} security committee meets in {c}',
             'The joint security committee of {a} and {b} held its session in {c} under {p} and {q}, who head the border guards of the two countries. The {n} members went through incidents along the frontier since January and set up a hotline between posts. The committee meets again in {d} weeks.'),
            ('{a}, {b} agree on border hotline at committee talks',
             'Officers from {b} led by {q} came to {c} for talks of the joint committee on border security. Delegation head {p} told reporters that a direct line between posts on both sides is to work within {d} weeks. {n} officers took part.'),
        ],
        "ar": [
            ('اللجنة الأمنية المشتركة بين {aar} و{bar} تجتمع في {car}',
             'عقدت اللجنة الأمنية المشتركة بين {aar} و{bar} اجتماعها في {car} برئاسة {par} و{qar} قائدي حرس الحدود في البلدين. وبحث الأعضاء الـ{n} الحوادث على طول الحدود منذ كانون الثاني واتفقوا على خط ساخن بين المخافر. وتجتمع اللجنة مجددا بعد {d} أسابيع.'),
        ],
        "ckb": [
            ('لیژنەی ئەمنی هاوبەشی {ackb} و {bckb} لە {cckb} کۆبووەوە',
             'لیژنەی ئەمنی هاوبەشی نێوان {ackb} و {bckb} بە سەرۆکایەتی {pckb} و {qckb}، فەرماندەکانی پاسەوانی سنوور، لە {cckb} کۆبووەوە. {n} ئەندامی لیژنەکە ڕووداوەکانی سەر سنووریان تاوتوێ کرد و ڕێککەوتن هێڵێکی گەرم لەنێوان بنکەکان دابنرێت. کۆبوونەوەی داهاتوو دوای {d} هەفتەیە.'),
        ],
        "fa": [
            ('نشست کمیته مشترک امنیتی {afa} و {bfa} در {cfa}',
             'کمیته مشترک امنیتی {afa} و {bfa} به ریاست {pfa} و {qfa} فرماندهان مرزبانی دو کشور در {cfa} برگزار شد. {n} عضو کمیته رویدادهای مرزی از ژانویه را بررسی و بر ایجاد خط تماس مستقیم میان پاسگاه\u200cها توافق کردند. نشست بعدی {d} هفته دیگر است.'),
        ],
    },
    "extradition": {
        "en": [
            ('{a} and {b} sign extradition treaty',
             'Justice ministers {p} of {a} and {q} of {b} signed a treaty on the extradition of convicts and suspects in {c}. About {n} prisoners could be handed over in the first year. Parliaments have {d} months to ratify it, the ministries said.'),
            ('{ba} and {aa} justice ministers seal treaty on handing over convicts',
             'A treaty that lets {a} and {b} hand over convicts to one another was sealed in {c}. {q}, the {ba} justice minister, spoke of {n} people who may be transferred; his colleague {p} hopes for ratification within {d} months.'),
        ],
        "ar": [
            ('{aar} و{bar} يوقعان اتفاقية لتسليم المطلوبين',
             'وقع وزير العدل {aaar} {par} ونظيره {baar} {qar} في {car} اتفاقية لتسليم المحكومين والمطلوبين بين البلدين. ويمكن تسليم نحو {n} سجينا في السنة الأولى، وأمام البرلمانين {d} أشهر للمصادقة عليها.'),
        ],
        "ckb": [
            ('{ackb} و {bckb} ڕێککەوتنی ڕادەستکردنەوەی تاوانباران واژۆ دەکەن',
             'وەزیرانی دادی {ackb} {pckb} و {bckb} {qckb} لە {cckb} ڕێککەوتنی ڕادەستکردنەوەی تاوانبارانیان واژۆ کرد. نزیکەی {n} زیندانی لە ساڵی یەکەمدا ڕادەست دەکرێنەوە و پەرلەمانەکان {d} مانگیان هەیە بۆ پەسەندکردنی.'),
        ],
        "fa": [
            ('{afa} و {bfa} موافقتنامه استرداد مجرمان امضا کردند',
             '{pfa} وزیر دادگستری {afa} و {qfa} همتای او از {bfa} در {cfa} موافقتنامه استرداد مجرمان را امضا کردند. حدود {n} زندانی در سال نخست مسترد می\u200cشوند و مجالس دو کشور {d} ماه برای تصویب فرصت دارند.'),
        ],
    },
    "patrol": {
        "en": [
            ('{a}, {b} begin joint border patrols',
             'Border guards of {a} and {b} began joint patrols along {n} kilometres of their frontier on Monday. General {p} said {d} posts were manned by officers of both sides to stop smugglers; {q} of the {ba} army spoke of a first step.'),
            ('Joint patrols of {aa} and {ba} troops start along frontier',
             'Soldiers of both armies set out together for the first time. {q}, a {ba} general, and {p} from {a} watched as vehicles left for {d} posts; the patrols are to cover {n} kilometres against smuggling.'),
        ],
        "ar": [
            ('{aar} و{bar} تبدآن دوريات مشتركة على الحدود',
             'بدأ حرس الحدود في {aar} و{bar} الاثنين دوريات مشتركة على طول {n} كيلومترا من الحدود. وقال اللواء {par} إن {d} مخفرا يضم ضباطا من الجانبين لمنع التهريب، ووصفها {qar} من الجيش {baar} بالخطوة الأولى.'),
        ],
        "ckb": [
            ('{ackb} و {bckb} دەست بە دەوریەی هاوبەشی سنووری دەکەن',
             'پاسەوانانی سنووری {ackb} و {bckb} دووشەممە دەستیان بە دەوریەی هاوبەش کرد لە {n} کیلۆمەتری سنوور. ژەنەڕاڵ {pckb} گوتی {d} بنکە ئەفسەری هەردوو لای تێدایە بۆ ڕێگریکردن لە قاچاخ و {qckb} بە هەنگاوی یەکەمی ناوبرد.'),
        ],
        "fa": [
            ('{afa} و {bfa} گشت مشترک مرزی را آغاز کردند',
             'مرزبانان {afa} و {bfa} از دوشنبه گشت\u200cهای مشترک را در {n} کیلومتر از مرز آغاز کردند. سردار {pfa} گفت {d} پاسگاه با افسران دو طرف برای جلوگیری از قاچاق فعال است؛ {qfa} از ارتش {bfa} آن را گام نخست خواند.'),
        ],
    },
    "visit": {
        "en": [
            ('{aa} intelligence chief in talks with {ba} counterpart in {c}',
             '{p}, head of {aa} intelligence, received {q}, his counterpart from {b}, in {c}. They spoke of exchanging information on armed groups and of {n} suspects held on both sides. {q} leaves after {d} days.'),
            ('{ba} delegation in {c} for intelligence sharing',
             "A {ba} delegation of security officials under {q} arrived in {c} to discuss intelligence sharing with {p}'s service. {n} suspects are on the list. The visit lasts {d} days, an official said."),
        ],
        "ar": [
            ('رئيس المخابرات {aaar} يبحث في {car} مع نظيره {baar} تبادل المعلومات',
             'استقبل رئيس المخابرات {aaar} {par} في {car} نظيره {baar} {qar} وبحثا تبادل المعلومات عن الجماعات المسلحة و{n} مشتبها بهم محتجزين لدى الجانبين. وتستمر زيارة {qar} {d} أيام.'),
        ],
        "ckb": [
            ('سەرۆکی هەواڵگری {ackb} لە {cckb} لەگەڵ هاوتای لە {bckb} کۆبووەوە',
             '{pckb} سەرۆکی هەواڵگریی {ackb} لە {cckb} پێشوازی لە {qckb}ی هاوتای لە {bckb} کرد و ئاڵوگۆڕی زانیاری لەسەر گرووپە چەکدارەکان و {n} گومانلێکراو تاوتوێ کرا. سەردانەکە {d} ڕۆژ دەخایەنێت.'),
        ],
        "fa": [
            ('رئیس اطلاعات {afa} در {cfa} با همتای {bfa} دیدار کرد',
             '{pfa} رئیس سازمان اطلاعات {afa} در {cfa} با {qfa} همتای خود از {bfa} دیدار و درباره تبادل اطلاعات درباره گروه\u200cهای مسلح و {n} مظنون گفتگو کرد. این سفر {d} روز ادامه دارد.'),
        ],
    },
}  # fmt: skip
_NEAR_MISSES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "football": {
        "en": [
            ('{a} and {b} football federations sign cooperation memorandum',
             'The presidents of the football federations of {a} and {b}, {p} and {q}, signed a memorandum in {c}. It covers friendlies, the training of {n} referees and youth camps of {d} days.'),
        ],
        "ar": [
            ('اتحادا كرة القدم في {aar} و{bar} يوقعان مذكرة تعاون',
             'وقع رئيسا اتحادي كرة القدم في {aar} و{bar}، {par} و{qar}، في {car} مذكرة تشمل مباريات ودية وتدريب {n} حكما ومعسكرات شبابية لمدة {d} يوما.'),
        ],
    },
    "trade": {
        "en": [
            ('{a}, {b} sign trade and electricity agreement',
             'Trade ministers {p} and {q} signed an agreement in {c} that lifts customs on {n} goods and links the power grids of {a} and {b} within {d} months.'),
        ],
        "ar": [
            ('{aar} و{bar} يوقعان اتفاقا للتجارة والكهرباء',
             'وقع وزيرا التجارة {par} و{qar} في {car} اتفاقا يلغي الرسوم الجمركية على {n} سلعة ويربط شبكتي الكهرباء في {aar} و{bar} خلال {d} أشهر.'),
        ],
    },
    "election": {
        "en": [
            ('{a} election commission hosts {ba} observers',
             "{p}, head of {a}'s election commission, received observers from {b} under {q} in {c}. {n} observers will watch the vote for {d} days."),
        ],
        "ar": [
            ('مفوضية الانتخابات في {aar} تستقبل مراقبين من {bar}',
             'استقبل رئيس مفوضية الانتخابات في {aar} {par} مراقبين من {bar} برئاسة {qar} في {car}. ويتابع {n} مراقبا الاقتراع {d} أيام.'),
        ],
    },
}  # fmt: skip
KINDS, NEAR_MISSES = tuple(_TOLD), tuple(_NEAR_MISSES)


def reports(kind: str, one: str, other: str, number: int) -> list[Article]:
    """All reports of an event, a copy of the first among them; `number` makes its people and figures."""
    a, b = _STATES[one], _STATES[other]
    p, q = _PEOPLE[number % 6], _PEOPLE[(number * 3 + 1) % 6]
    words = {
        **dict(zip(("a", "aa", "aar", "aaar", "ackb", "afa", "c", "car", "cckb", "cfa"), a, strict=True)),
        **dict(zip(("b", "ba", "bar", "baar", "bckb", "bfa"), b, strict=False)),
        **dict(zip(("p", "par", "pckb", "pfa"), p, strict=True)),
        **dict(zip(("q", "qar", "qckb", "qfa"), q, strict=True)),
        "n": 113 + 37 * number, "d": 11 + 5 * number,
    }  # fmt: skip
    told = [
        article(f"{kind}-{one}-{other}-{language}{turn}", f"{language}{turn}", language=language, title=title.format(**words),
                text=text.format(**words), published_at=NOW + timedelta(minutes=20 * turn))
        for language, texts in {**_TOLD, **_NEAR_MISSES}[kind].items() for turn, (title, text) in enumerate(texts)
    ]  # fmt: skip
    first = told[0]
    wire = replace(first, url=f"{first.url}-wire", outlet="wire", source="wire/en", text=f"(Wire) - {first.text}",
                   published_at=NOW + timedelta(minutes=50))  # fmt: skip
    return [*told, wire]
