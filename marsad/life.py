"""How the daemon is known to live: pulse, figures, HTTP server, heartbeat, watch; begun, reloaded and ended
with it."""

from __future__ import annotations

from datetime import timedelta

from alerts.heartbeat import Heartbeat
from alerts.http import Door, HttpClient
from alerts.hubclient import HubClient
from marsad.aviary import Aviary
from marsad.config import Config
from marsad.figures import PINGS, Figures
from marsad.front import Front
from marsad.hubs import Hubs, HubSettings
from marsad.pulse import Pulse
from marsad.schedule import Schedule
from marsad.watch import Watch
from marsad.wiring import VERSION, Application, all_endpoints, canaries_of, operators_of
from storage import database_file

TENDING = timedelta(seconds=15)
HEARTBEAT, CANARIES = "heartbeat", "canaries"


class Life:
    """Everything about ourselves that outlives a reload."""

    def __init__(self, app: Application, schedule: Schedule) -> None:
        self._app, self._schedule = app, schedule
        self.pulse = Pulse(app.store, app.clock)
        self.figures = Figures(app.store.catalogue, self.pulse, database_file(app.config.store))
        self.hubs = Hubs(app.store, app.clock)
        app.visits.push = self.hubs
        self.front = Front(self.pulse, self.figures, app.store, app.clock, self.hubs)
        self.watch = Watch(app.store, self.pulse, app.operators, app.clock, database_file(app.config.store))
        self.aviary = Aviary(app.store.canaries, app.clock, app.dispatcher.wake)
        self.watch.more = (self.aviary.missing,)
        self.watch.clockwatch.jumped = schedule.recount
        self._heartbeat: Heartbeat | None = None
        app.dispatcher.settled = self.figures.settled

    async def begin(self) -> None:
        """Live as the application's configuration says; also after a reload."""
        config = self._app.config
        self.figures.sources = frozenset(source.id for source in config.sources if source.enabled)
        self.figures.receivers = frozenset(config.receivers)
        self.watch.watch(
            listeners=operators_of(config),
            configured=all_endpoints(config),
            least_space=config.settings.watch.free_space,
        )
        self._birds(config)
        self.hubs.use(hub_settings_of(config), hub_client_of(config), self.figures.sources)
        self._schedule.every(TENDING, self.hubs.tend, "tend-hubs")
        await self.front.serve(config)
        self._heartbeat = heartbeat_of(config)
        if self._heartbeat is None:
            self._schedule.drop(HEARTBEAT)
        else:
            self._schedule.every(config.settings.heartbeat.every, self._beat, HEARTBEAT, soon=True)

    async def end(self) -> None:
        """Answer nobody any more."""
        await self.front.stop()

    def _birds(self, config: Config) -> None:
        """Canaries of the receivers that want them, from now on."""
        self.aviary.flock, self.aviary.every = canaries_of(config), config.settings.canary.every
        if self.aviary.flock:
            self._schedule.every(self.aviary.every, self.aviary.launch, CANARIES, soon=True)
        else:
            self._schedule.drop(CANARIES)

    async def _beat(self) -> None:
        if self._heartbeat is not None:
            ping = await self._heartbeat.beat(well=await self.pulse.well())
            self.figures.meter.count(PINGS, ping.value)


def hub_settings_of(config: Config) -> HubSettings | None:
    """How to subscribe; None without a public address or against the operator's will."""
    section, console = config.settings.websub, config.settings.console
    if not (section.enabled and console.listen and console.public_url and console.secret):
        return None
    secrets = tuple(secret.get_secret_value() for secret in console.secret)
    return HubSettings(callback=f"{console.public_url}/websub", secrets=secrets, slower=section.slower)


def hub_client_of(config: Config) -> HubClient:
    """Hubs are outlets' machines: the networks of crawling are open to them."""
    networks = tuple(config.settings.crawl.allow_networks)
    door = Door(allow_http=config.settings.websub.allow_http, allow_networks=networks)
    return HubClient(HttpClient(door), f"Marsad/{VERSION}")


def heartbeat_of(config: Config) -> Heartbeat | None:
    """The configured heartbeat, if there is one."""
    section = config.settings.heartbeat
    if section.url is None:
        return None
    networks = tuple(config.settings.alerts.allow_networks)
    http = HttpClient(Door(allow_http=section.allow_http, allow_networks=networks))
    return Heartbeat(section.url.get_secret_value(), section.method, http, f"Marsad/{VERSION}")
