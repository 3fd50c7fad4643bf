"""The neighbour of the crawl bench: Scrapy alone, tuned, fetching the same feeds and pages and doing nothing with them.

`python -m bench.bare_scrapy OUTLETS PORT` prints how many pages came.
"""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from bench.newsroom import address
from crawler.settings import CrawlSettings, scrapy_settings

LINK = re.compile(rb"<link>([^<]+)</link>")


class Reader(scrapy.Spider):
    """Feeds, then every page they list."""

    name = "bare"

    def __init__(self, outlets: int, port: int) -> None:
        super().__init__()
        self.outlets, self.port, self.pages = outlets, port, 0

    async def start(self) -> AsyncIterator[Any]:
        for outlet in range(self.outlets):
            yield scrapy.Request(f"http://{address(outlet)}:{self.port}/feed", self.feed, dont_filter=True)

    def feed(self, response: Response) -> Iterator[scrapy.Request]:
        for link in LINK.findall(response.body):
            yield scrapy.Request(link.decode(), self.page, dont_filter=True)

    def page(self, response: Response) -> None:
        self.pages += 1


def main() -> None:
    settings = scrapy_settings(CrawlSettings(user_agent="bench/1", allow_networks=("127.0.0.0/8",)))
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Reader)
    process.crawl(crawler, outlets=int(sys.argv[1]), port=int(sys.argv[2]))
    process.start()
    assert isinstance(crawler.spider, Reader)
    print(crawler.spider.pages)


if __name__ == "__main__":
    main()
