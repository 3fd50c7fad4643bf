"""Feeds, sitemaps and listing pages -> entries. No network here."""

from crawler.feeds.entry import Entry, Feed
from crawler.feeds.listing import parse_listing
from crawler.feeds.sitemap import parse_sitemap
from crawler.feeds.syndication import parse_feed

__all__ = ["Entry", "Feed", "parse_feed", "parse_listing", "parse_sitemap"]
