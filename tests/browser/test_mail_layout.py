"""Right-to-left mail as a browser lays it out: Chromium is asked where the words stand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alerts.channels.email.page import html
from alerts.message import compose
from tests.alerts.samples import ARABIC, KURDISH, briefing, delivery

WHERE = """(element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const box = range.getBoundingClientRect();
  const outer = element.parentElement.getBoundingClientRect();
  return {left: box.left - outer.left, right: outer.right - box.right, top: box.top};
}"""


@pytest.fixture(scope="module")
def page():
    """A page in Debian's Chromium, or a skip that says why there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed (apt-get install chromium): no browser to lay a mail out")
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        except Error as error:
            pytest.skip(f"chromium does not start here: {str(error).splitlines()[0]}")
        opened = browser.new_page(viewport={"width": 700, "height": 900})
        yield opened
        browser.close()


def shown(page, title: str, language: str, **more):
    told = briefing(title, language=language, **more)
    page.set_content(html(compose(delivery(), told)))
    return page


@pytest.mark.parametrize(("title", "language"), [(ARABIC, "ar"), (KURDISH, "ckb")])
def test_a_right_to_left_headline_stands_at_the_right_and_our_words_at_the_left(page, tmp_path: Path, title, language):
    shown(page, title, language)
    headline = page.eval_on_selector("h1", WHERE)
    assert headline["right"] < 5 < headline["left"]
    ours = page.eval_on_selector("h1 + p", WHERE)
    assert ours["left"] < 5 < ours["right"]
    picture = page.screenshot(path=tmp_path / "mail.png", full_page=True)
    assert len(picture) > 5_000


def test_an_english_headline_stands_at_the_left(page):
    shown(page, "Iraq and Jordan sign a security agreement", "en", sentence="They signed it.")
    headline = page.eval_on_selector("h1", WHERE)
    assert headline["left"] < 5 < headline["right"]


def test_a_mixed_headline_keeps_its_order(page):
    """`العراق F-16 والأردن`: the first Arabic word is the rightmost, the aircraft between the two."""
    shown(page, "العراق F-16 والأردن", "ar")
    places = page.eval_on_selector(
        "h1",
        """(element) => ["العراق", "F-16", "والأردن"].map((word) => {
          const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.data.indexOf(word);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + word.length);
            return range.getBoundingClientRect().left;
          }
          return -1;
        })""",
    )
    first, middle, last = places
    assert first > middle > last >= 0


def test_the_page_of_a_hostile_headline_runs_nothing_and_fetches_nothing(page):
    asked, dialogs = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    hostile = '<script>alert(1)</script><img src="https://evil.example/x" onerror="alert(2)">'
    shown(page, hostile, "en", sentence=hostile, former=hostile)
    page.wait_for_timeout(100)
    assert [url for url in asked if "evil" in url] == []
    assert dialogs == []
    assert hostile in page.inner_text("h1")
