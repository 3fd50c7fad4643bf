"""The composition root: configuration in, a working application out. Knows every room."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import Mapping
from importlib.metadata import version

from alerts.channels import ChannelContext, kinds
from alerts.dispatcher import Dispatcher, DispatchSettings
from alerts.operators import Operators
from crawler.run import ScrapyCrawl
from crawler.settings import CrawlSettings
from marsad.config import Config
from marsad.config.nouns import endpoints_of
from marsad.readers import Readers
from marsad.taggers import tagger_of
from marsad.visits import Visits
from news.clock import Clock, SystemClock
from news.endpoint import receiver_of
from news.links import Links
from news.outlet import Source
from news.permit import Seal
from news.ports import Channel
from pipelines.intake import Intake
from pipelines.tagging.indexing import Indexer
from storage import Store

VERSION = version("marsad")


def owner_name() -> str:
    """Who holds a lease: machine, process and start, so that a restart is another owner."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def crawl_settings(config: Config) -> CrawlSettings:
    """The crawl section as the crawler wants it."""
    crawl = config.settings.crawl
    return CrawlSettings(
        user_agent=f"Marsad/{VERSION}",
        contact=config.settings.contact,
        obey_robots=crawl.obey_robots,
        max_bytes=crawl.max_bytes,
        timeout=crawl.timeout,
        allow_networks=tuple(crawl.allow_networks),
        extraction_workers=crawl.extraction_workers,
    )


def seal_of(config: Config) -> Seal | None:
    """What signs the links in alerts; None without a secret."""
    secrets = [secret.get_secret_value() for secret in config.settings.console.secret]
    return Seal(secrets) if secrets else None


def links_of(config: Config) -> Links | None:
    """The links to our own pages; None unless the world can reach them."""
    section, seal = config.settings.console, seal_of(config)
    if seal is None or not section.public_url:
        return None
    return Links(section.public_url, seal, section.links_for)


def build_channels(config: Config, clock: Clock) -> dict[str, Channel]:
    """One channel for each receiver, by receiver name."""
    context = ChannelContext(
        install_id=str(uuid.uuid5(uuid.NAMESPACE_URL, config.store)),
        user_agent=f"Marsad/{VERSION}",
        allow_networks=tuple(config.settings.alerts.allow_networks),
        clock=clock,
        links=links_of(config),
    )
    known = kinds()
    return {
        name: known[receiver.kind].build(name, receiver.settings, context)
        for name, receiver in config.receivers.items()
    }


def all_endpoints(config: Config) -> frozenset[str]:
    """Every endpoint of every receiver."""
    return frozenset(e for name, receiver in config.receivers.items() for e in endpoints_of(name, receiver))


def canaries_of(config: Config) -> tuple[str, ...]:
    """Endpoints of routes' receivers that want canaries."""
    wanted = {name for name, receiver in config.receivers.items() if getattr(receiver.settings, "canary", False)}
    addressed = dict.fromkeys(endpoint for route in config.routes for endpoint in route.endpoints)
    return tuple(endpoint for endpoint in addressed if receiver_of(endpoint) in wanted)


def operators_of(config: Config) -> tuple[str, ...]:
    """Endpoints that are told of our own troubles."""
    return tuple(
        endpoint for name in config.settings.operators for endpoint in endpoints_of(name, config.receivers[name])
    )


def countries_of(config: Config) -> dict[str, str]:
    """Where each outlet has its seat."""
    return {source.outlet.id: source.outlet.country for source in config.sources}


def _by_id(config: Config) -> Mapping[str, Source]:
    return {source.id: source for source in config.sources}


def _readers(config: Config) -> Readers:
    return Readers(config.settings.crawl.reading_workers, config.rules, config.lexicons)


class Application:
    """Every part of one process, wired. Used by the daemon, `crawl` and the demo alike."""

    def __init__(self, config: Config, store: Store, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or SystemClock()
        self.config, self.store = config, store
        self.sources = _by_id(config)
        self._retiring: set[asyncio.Task[None]] = set()
        """Former parts of the network side, under which visits are still running."""
        self._ending = asyncio.Event()
        self.owner = owner_name()
        self.crawl = ScrapyCrawl(crawl_settings(config), self.clock)
        self.channels: Mapping[str, Channel] = build_channels(config, self.clock)
        self.dispatcher = Dispatcher(
            store.outbox,
            self.channels,
            clock=self.clock,
            owner=self.owner,
            settings=DispatchSettings(),
        )
        self.operators = Operators(store.notices, self.channels, self.clock)
        self.intake = self._intake(config)
        self.indexer = Indexer(config.lexicons)
        self.readers = _readers(config)
        self.visits = Visits(
            crawl=self.crawl,
            archive=store.archive,
            run_log=store.run_log,
            dispatch=store.dispatch,
            intake=self.intake,
            readers=self.readers,
            clock=self.clock,
            owner=self.owner,
            run_timeout=config.settings.crawl.run_timeout,
            delivered=self.dispatcher.wake,
        )

    def _intake(self, config: Config) -> Intake:
        return Intake(
            self.store.archive,
            tagger_of(config),
            config.routes,
            clock=self.clock,
            operators=operators_of(config),
            silences=self.store.silences,
            countries=countries_of(config),
            policy=config.policy,
        )

    async def stop(self) -> None:
        """Close the network side; the store stays open and is its opener's to close."""
        self._ending.set()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        await _close(self.crawl, self.readers, self.channels)

    async def take_over(self, config: Config) -> None:
        """Use another configuration from the next visit and the next claim on.

        Visits and sends that are running finish under the old one.
        """
        crawl, channels, readers = self.crawl, self.channels, self.readers
        renewed = ScrapyCrawl(crawl_settings(config), self.clock)
        renewed.warm()
        await renewed.start()
        self.config, self.sources = config, _by_id(config)
        self.crawl = renewed
        self.channels = build_channels(config, self.clock)
        self.intake = self._intake(config)
        self.intake.warm()
        self.indexer = Indexer(config.lexicons)
        self.readers = _readers(config)
        self.dispatcher.replace_channels(self.channels)
        self.operators.replace_channels(self.channels)
        self.visits.take_over(renewed, self.intake, self.readers, config.settings.crawl.run_timeout)
        retiring = asyncio.create_task(_retire(crawl, readers, channels, self._ending))
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)


async def _retire(crawl: ScrapyCrawl, readers: Readers, channels: Mapping[str, Channel], ending: asyncio.Event) -> None:
    """Close them once the visits that began with them are over, or all is to end: broken off, it would leave
    processes and connections open."""
    over = [asyncio.create_task(crawl.idle()), asyncio.create_task(ending.wait())]
    try:
        await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in over:
            task.cancel()
        await _close(crawl, readers, channels)


async def _close(crawl: ScrapyCrawl, readers: Readers, channels: Mapping[str, Channel]) -> None:
    await crawl.stop()
    await readers.close()
    for channel in channels.values():
        await channel.close()
