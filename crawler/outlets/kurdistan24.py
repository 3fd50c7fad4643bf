"""Kurdistan24: English, Arabic, Sorani."""

from __future__ import annotations

import re

from crawler.outlets.profile import Profile, Version

PROFILE = Profile(
    id="kurdistan24",
    hosts=("kurdistan24.net",),
    versions=(
        Version(
            since="2024-06",
            body="div.article-body, div.story-body, [itemprop=articleBody], div.article__body",
            time="time",
            drop=".related, .share, .tags, figure",
        ),
    ),
    dateline=re.compile(r"^\s*(?:ERBIL|BAGHDAD|LONDON|WASHINGTON)\s*\((?:Kurdistan\s?24)\)\s*[–—-]\s*", re.IGNORECASE),
)
