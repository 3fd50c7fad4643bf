"""What stands in and around a text without being of it: notes, boxes, the next article; and what is of it though it looks so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract.page import extract_page

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TITLE = "Karvan closes its northern quay"
FIRST = "The port authority of Karvan said on Monday that the northern quay would be closed while divers inspect it."
SECOND = "Two cargo ships that had been waiting since Friday were sent on to the harbour of Deltamar, along the coast."
THIRD = "Traders said that prices had not moved yet, because the silos in the interior hold enough for two months."
TEXT = [FIRST, SECOND, THIRD]


def read(*body: str, lang: str = "en") -> list[str]:
    html = f"<html lang={lang}><head><title>{TITLE} | The Post</title></head><body><main>{''.join(body)}</main></body></html>"
    return extract_page(html.encode(), url="https://post.example/news/1", now=NOW).text.split("\n\n")


def paragraphs(*lines: str) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


@pytest.mark.parametrize(
    "box",
    [
        "<div class=newsletterBox><p>Get our letter with all that matters, each weekday morning, free of charge.</p></div>",
        "<div class='wp-block-jetpack-subscriptions'><p>Get our letter with all that matters, each weekday.</p></div>",
        "<div class='wp-block-blocks-donate'><h3>Support us</h3><p>We live by the gifts of those who read what we write.</p></div>",
        "<div class=box-cta><p>Follow all that we write about harbours in our networks and our weekly letter.</p></div>",
        "<p class=estimated-read-time>Time that it takes to read this: 1 minute, or two.</p>",
        "<p class=imageCaption>Divers leave the water at the northern quay on Sunday morning, after six hours.</p>",
        "<div class=detail-img__description>Divers leave the water at the northern quay on Sunday morning.</div>",
        "<div class=fact-box><h2>In short</h2><ul><li>The quay is closed until divers have inspected it all.</li></ul></div>",
        "<div class='intro__premium hidden'><p>This content is reserved for subscribers; subscribe now to read it.</p></div>",
        "<div style='display: none'><p>This content is reserved for subscribers; subscribe now to read it.</p></div>",
        "<div class='paywall-overlay'><h3>Go on reading</h3><p>One month for one crown; cancel at any time.</p></div>",
        "<div class=module><h3>Read more</h3><ul><li><a href=/x>Farmers in Ostra ask for loans</a></li></ul></div>",
    ],
)
def test_a_box_within_the_text_is_not_of_it(box: str) -> None:
    assert (
        read(f"<h1>{TITLE}</h1><div class=story>", paragraphs(FIRST, SECOND), box, paragraphs(THIRD), "</div>") == TEXT
    )


@pytest.mark.parametrize("names", ["hidden md:block", "d-none d-lg-block", "has-caption", "no-sidebar", "with-related"])
def test_a_name_that_hides_nothing_takes_nothing_away(names: str) -> None:
    text = f"<div class='{names}'>{paragraphs(SECOND)}</div>"
    assert read(f"<h1>{TITLE}</h1><div>", paragraphs(FIRST), text, paragraphs(THIRD * 4), "</div>")[1] == SECOND


def test_words_that_are_linked_to_their_topic_stay_in_their_sentence() -> None:
    linked = FIRST.replace("Karvan", "<a class=tag-link href=/tag/karvan>Karvan</a>")
    assert read(f"<h1>{TITLE}</h1>", paragraphs(linked, SECOND, THIRD)) == TEXT


def test_comments_in_paragraphs_below_a_text_in_lines_are_comments() -> None:
    many = [f"{number}. {FIRST}" for number in range(5)]
    comments = paragraphs("This quay has waited for its repair for years; somebody looks at last.", f"No. {SECOND}")
    lines = "<br><br>".join(many)
    assert read(f"<h1>{TITLE}</h1><div class=post>{lines}</div><div id=comments>{comments}</div>") == many


def test_a_heading_before_the_last_small_block_of_a_text_is_kept() -> None:
    many = [f"{number}. {FIRST}" for number in range(12)]
    blocks = (
        f"<div class=part>{paragraphs(*many)}</div><div>Advertisement</div><div class=part>{paragraphs(SECOND)}</div>"
    )
    last = f"<div class=part><h2>Prices hold</h2>{paragraphs(THIRD)}</div>"
    assert read(f"<h1>{TITLE}</h1><article>", blocks, last, "</article>") == [*many, SECOND, "Prices hold", THIRD]


def test_the_next_article_is_not_of_this_one_though_it_is_marked_up_like_it() -> None:
    def article(title: str, *lines: str) -> str:
        return f"<article><div class='head has-caption'><h1>{title}</h1></div><div class=text>{paragraphs(*lines)}</div></article>"

    following = (
        "Farmers in Ostra asked on Monday for loans, as they have no seed left for the spring of next year.",
    ) * 4
    assert read(article(TITLE, *TEXT * 3), article("Farmers ask for loans", *following)) == TEXT * 3


def test_a_lead_in_a_heading_above_another_heading_is_kept() -> None:
    lead = "Two ships had to leave for Deltamar, and more of them will follow until the ninth of the month."
    text = f"<h1>{TITLE}</h1><h2 class=subtitle>{lead}</h2><h2>At the quay</h2>{paragraphs(*TEXT)}"
    assert read(text, lang="nb") == [lead, "At the quay", *TEXT]
