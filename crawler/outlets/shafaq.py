"""Shafaq News: English, Arabic, Feyli Kurdish. The first line opens with a dateline in six
spellings; pages end with a live strip or a pointer to other stories."""

from __future__ import annotations

import re

from crawler.outlets.profile import Profile, Version

PROFILE = Profile(
    id="shafaq",
    hosts=("shafaq.com", "api.shafaq.com"),
    versions=(
        Version(
            since="2024-01",
            title="main article h1, article h1, h1",
            body="div.article-content, article .article-content, [itemprop=articleBody], div.news-content",
            time="article time, time, .article-date",
            drop=".related, .tags, .share, .ads, .read-more",
        ),
    ),
    dateline=re.compile(
        r"^\s*(?:شفق\s?نيوز|شەفەق\s?نیوز|شه‌فه‌ق\s?نیوز|شفق نیوز|Shafaq\s+News|Şefeq\s+News)"
        r"\s*(?:[/\\–—\-:.|]|\bAgency\b)*\s*(?:[^\W\d]{2,20}\s*[–—-]\s*(?=\w))?"
    ),
    tail=re.compile(r"^\s*(?:Shafaq Live|Read more:|Read also:|اقرأ أيضا|اقرأ المزيد|شفق لايف)", re.IGNORECASE),
)
