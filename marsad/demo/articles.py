"""What the demo's outlets publish. Every outlet, event and word here is invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """One article. `hours`: age when the demo starts. `special`: `503 once`, `no text`, `private`."""

    slug: str
    title: str
    paragraphs: tuple[str, ...]
    hours: float = 2.0
    special: str = ""
    corrected_title: str = ""


_MEMO_EN = (
    "BAGHDAD (Tigris Wire) - The interior ministers of Iraq and Syria signed a memorandum of understanding on "
    "security cooperation in Baghdad on Tuesday, the Iraqi ministry said.",
    "The memorandum covers drug control, border security, the extradition of wanted persons, cybercrime and the "
    "training of police officers. It sets up a joint committee of 12 officers that is to meet every 90 days.",
    "The Syrian minister said that both countries had dismantled 14 captagon networks since January and that "
    "information sharing between the two ministries would become a daily routine.",
    "The Iraqi minister told reporters that 610 kilometres of shared border needed one plan, not two. Liaison "
    "officers will be posted in Baghdad and Damascus before the end of the year.",
)

ENGLISH = (
    Piece(
        "iraq-syria-security-memorandum",
        "Iraq, Syria interior ministers sign security cooperation memorandum",
        _MEMO_EN,
        1.5,
        corrected_title="Iraqi, Syrian interior ministers sign memorandum on security cooperation and border control",
    ),
    Piece(
        "football-federations-memorandum",
        "Iraq, Iran football federations sign cooperation memorandum",
        (
            "The football federations of Iraq and Iran signed a cooperation memorandum on Monday about coaching courses, "
            "friendly matches and the security of stadium visitors.",
            "Both federations will exchange referees and youth teams, and a friendly tournament is planned in Basra in "
            "spring. The memorandum runs for three years and can be renewed.",
            "Fans welcomed the plan on social media, although several clubs asked who is going to pay for the travel.",
        ),
        3.0,
    ),
    Piece(
        "river-levels-rise",
        "Rain lifts Tigris water level by 40 centimetres",
        (
            "Heavy rain in the mountains lifted the water level of the Tigris by 40 centimetres within two days, the "
            "water authority said on Tuesday.",
            "Farmers south of the capital hope that the winter sowing can begin on time. Two dams in the north are at "
            "63 percent of their capacity, ten points more than a year ago.",
            "Meteorologists expect further showers until Friday and warn of fog in the plains.",
        ),
        4.0,
    ),
    Piece(
        "book-market-opens",
        "Old book market reopens after repairs",
        (
            "The old book market in the capital reopened on Monday after four months of repairs to its roof and lights.",
            "Booksellers said that they had moved some 30,000 volumes into stores and back again. The market is open "
            "from Thursday to Saturday until midnight.",
            "A poetry evening in three languages is planned for the first weekend.",
        ),
        5.0,
        special="503 once",
    ),
    Piece(
        "headline-with-signs",
        "Market prices <!channel> steady \x07 after holiday",
        (
            "Vegetable prices stayed steady after the holiday, traders at the wholesale market said on Tuesday.",
            "A crate of tomatoes cost 9,000 dinars, as much as a week ago, while onions were slightly cheaper. Imports "
            "from the south arrived on time.",
            "The ministry of agriculture expects a good citrus harvest.",
        ),
        6.0,
    ),
    Piece("photo-of-the-day", "Photo of the day", ("",), 2.5, special="no text"),
    Piece(
        "private/draft-budget",
        "Draft: budget tables",
        ("This page is not for the public and robots.txt says so. Nobody should read these tables at all.",),
        2.2,
        special="private",
    ),
)

ARABIC = (
    Piece(
        "وزيرا-الداخلية-مذكرة-تعاون-أمني",
        "وزيرا داخلية العراق وسوريا يوقعان في بغداد مذكرة تعاون أمني",
        (
            "شفق الرافدين/ وقّع وزيرا الداخلية العراقي والسوري في بغداد، يوم الثلاثاء، مذكرة تفاهم للتعاون الأمني بين البلدين.",
            "وتشمل المذكرة مكافحة المخدرات وضبط الحدود وتسليم المطلوبين والجرائم الإلكترونية وتدريب ضباط الشرطة، وتنص على تشكيل "
            "لجنة مشتركة من 12 ضابطاً تجتمع كل 90 يوماً.",
            "وقال الوزير السوري إن البلدين فككا 14 شبكة للكبتاغون منذ كانون الثاني، وإن تبادل المعلومات بين الوزارتين سيكون يومياً.",
            "وأكد الوزير العراقي أن 610 كيلومترات من الحدود المشتركة بين بغداد ودمشق تحتاج إلى خطة واحدة.",
        ),
        1.3,
    ),
    Piece(
        "أمطار-ترفع-منسوب-دجلة",
        "أمطار غزيرة ترفع منسوب نهر دجلة",
        (
            "شفق الرافدين/ رفعت الأمطار الغزيرة منسوب نهر دجلة بمقدار أربعين سنتيمتراً خلال يومين، بحسب دائرة المياه.",
            "ويأمل المزارعون جنوب العاصمة أن يبدأ موسم البذار في موعده، فيما بلغ خزين سدين في الشمال 63 بالمئة.",
            "وتوقعت الأنواء الجوية استمرار الأمطار حتى الجمعة.",
        ),
        4.2,
    ),
    Piece(
        "مهرجان-المسرح",
        "انطلاق مهرجان المسرح الشبابي بمشاركة سبع فرق",
        (
            "شفق الرافدين/ انطلقت مساء الاثنين فعاليات مهرجان المسرح الشبابي بمشاركة سبع فرق من محافظات مختلفة.",
            "وتستمر العروض خمسة أيام على خشبة المسرح الوطني، وتختتم بتوزيع الجوائز على أفضل نص وأفضل ممثلة.",
            "وقال مدير المهرجان إن بطاقات الأيام الثلاثة الأولى نفدت بالكامل.",
        ),
        5.5,
    ),
)

SORANI = (
    Piece(
        "yadashtnamey-emni",
        "وەزیرانی ناوخۆی عێراق و سووریا یاداشتنامەی هاوکاریی ئەمنییان واژۆ کرد",
        (
            "وەزیرانی ناوخۆی عێراق و سووریا ڕۆژی سێشەممە لە بەغدا یاداشتنامەیەکی لێکتێگەیشتنیان بۆ هاوکاریی ئەمنی واژۆ کرد.",
            "یاداشتنامەکە بەرەنگاربوونەوەی مادەی هۆشبەر و پاراستنی سنوور و ڕادەستکردنی داواکراوان و مەشقی پۆلیس دەگرێتەوە و "
            "لیژنەیەکی هاوبەشی 12 ئەفسەری پێکدەهێنێت کە هەر 90 ڕۆژ جارێک کۆدەبێتەوە.",
            "وەزیری سووریا گوتی کە لە کانوونی دووەمەوە 14 تۆڕی کەپتاگۆن هەڵوەشێنراونەتەوە و ئاڵوگۆڕی زانیاری ڕۆژانە دەبێت.",
            "سنووری هاوبەشی نێوان بەغدا و دیمەشق 610 کیلۆمەترە.",
        ),
        1.0,
    ),
    Piece(
        "peshangay-kteb",
        "پێشانگای نێودەوڵەتیی کتێب لە سلێمانی کرایەوە",
        (
            "پێشانگای نێودەوڵەتیی کتێب ئێوارەی دووشەممە لە شاری سلێمانی بە بەشداریی 120 دەزگای چاپ کرایەوە.",
            "پێشانگاکە دە ڕۆژ بەردەوام دەبێت و ڕۆژانە کۆڕی ئەدەبی و شیعر خوێندنەوە بەڕێوە دەچێت.",
            "بەڕێوەبەری پێشانگا گوتی کە چاوەڕێی زیاتر لە سەد هەزار سەردانیکەر دەکەن.",
        ),
        5.0,
    ),
    Piece(
        "bafr-u-baran",
        "بەفر ڕێگای دوو ناحیەی سنووری داخست",
        (
            "بەفرێکی زۆر شەوی ڕابردوو ڕێگای دوو ناحیەی شاخاویی داخست و قوتابخانەکان بۆ ڕۆژێک پشوویان پێدرا.",
            "تیمەکانی شارەوانی بە 15 ئامێر کار بۆ کردنەوەی ڕێگاکان دەکەن و داوا لە شۆفێران دەکەن زنجیر بەکاربهێنن.",
            "کەشناسی پێشبینی دەکات بارینی بەفر تا هەینی بەردەوام بێت.",
        ),
        6.0,
    ),
)

KURMANJI = (
    Piece(
        "bîrnameya-ewlehiyê",
        "Wezîrên navxweyî yên Iraq û Sûriyê bîrnameya hevkariya ewlehiyê îmze kirin",
        (
            "Wezîrên navxweyî yên Iraq û Sûriyê roja sêşemê li Bexdayê bîrnameya lihevtêgihiştinê ya hevkariya ewlehiyê îmze kirin.",
            "Bîrname têkoşîna li dijî madeyên hişber, parastina sînor, radestkirina kesên tê xwestin û perwerdeya polîsan digire "
            "nav xwe. Komîteyeke hevpar a 12 efseran dê her 90 rojan carekê bicive.",
            "Wezîrê Sûriyê got ku ji meha çile ve 14 torên captagonê hatine hilweşandin û guherîna agahiyan dê her roj be.",
            "Dirêjahiya sînorê hevpar ê di navbera Bexda û Şamê de 610 kîlometre ye.",
        ),
        0.8,
    ),
    Piece(
        "manovra-iraq-tirkiye",
        "Iraq û Tirkiye li ser ewlehiya sînor û operasyona hevpar peymanek îmze kirin",
        (
            "Wezaretên parastinê yên Iraq û Tirkiyê roja duşemê li Enqereyê peymana ewlehiya sînor îmze kirin.",
            "Li gorî peymanê, navendeke hevpar dê li bajarê Zaxoyê bê vekirin û 45 efserên her du artêşan dê tê de kar bikin.",
            "Her du alî li ser parvekirina agahiyan û perwerdeya parêzgerên sînor jî li hev kirin. Peyman 5 salan derbasdar e.",
            "Wezîrê parastinê yê Tirkiyê got ku operasyona hevpar a yekem dê di biharê de dest pê bike.",
        ),
        2.0,
    ),
    Piece(
        "festîvala-dengbêjan",
        "Festîvala dengbêjan li Duhokê dest pê kir",
        (
            "Festîvala dengbêjan a heftemîn roja duşemê li Duhokê bi beşdariya 35 hunermendan dest pê kir.",
            "Festîval dê sê rojan bidome û her êvar konserek belaş heye. Pirtûkeke stranên kevn jî hate çapkirin.",
            "Rêveberê festîvalê got ku armanc ew e ku stranên kevn neyên jibîrkirin.",
        ),
        4.5,
    ),
)

OBSERVER = (
    Piece(
        "interior-ministers-memorandum-baghdad",
        "Interior ministers of Iraq and Syria sign security memorandum in Baghdad",
        _MEMO_EN,
        1.1,
    ),
    Piece(
        "harbour-museum-winter-hours",
        "Harbour museum changes its opening hours for winter",
        (
            "The harbour museum will open an hour later during the winter months, its director said on Monday.",
            "From December the doors open at ten in the morning and close at five. School classes can still book the early "
            "hour by telephone.",
            "The new room about lighthouses had 4,200 visitors in its first week.",
        ),
        3.5,
    ),
    Piece(
        "olive-harvest-ends-early",
        "Olive harvest ends early after a dry autumn",
        (
            "The olive harvest ended two weeks early in the hills after a dry autumn, growers said.",
            "Presses report a fifth less oil than last year, but of good quality. Prices at the mill rose to 11 dollars "
            "a litre.",
            "Cooperatives ask for help with new cisterns before the next season.",
        ),
        5.2,
    ),
)
