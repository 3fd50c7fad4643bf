"""The console wired to this process: started, reloaded and stopped by the daemon."""

from __future__ import annotations

import structlog

from console.health import health
from console.muting import Muting
from console.permits import Gate
from console.server import Part, Server
from console.unsubscribing import Unsubscribing
from console.websub import websub
from marsad.config import Config
from marsad.figures import ANSWERS, Figures
from marsad.hubs import Hubs
from marsad.pulse import Pulse
from marsad.wiring import all_endpoints, seal_of
from news.clock import Clock
from storage import Store

log = structlog.get_logger("marsad.console")


class Front:
    """At most one server. A port that cannot be had is an error in the log, not the daemon's end."""

    def __init__(self, pulse: Pulse, figures: Figures, store: Store, clock: Clock, hubs: Hubs) -> None:
        self._hubs = hubs
        self._pulse, self._figures, self._store, self._clock = pulse, figures, store, clock
        self._server: Server | None = None

    @property
    def port(self) -> int | None:
        """The port in use, or None."""
        return self._server.port if self._server else None

    async def serve(self, config: Config) -> None:
        """Serve as the configuration says: begin, go on differently, or end."""
        await self.stop()
        section = config.settings.console
        if not section.listen:
            return
        server = Server(
            self._parts(config),
            host=section.host,
            port=section.port,
            public_url=section.public_url,
            answered=lambda page, status: self._figures.meter.count(ANSWERS, page, str(status)),
        )
        try:
            await server.start()
        except OSError as error:
            log.error("console.refused", listen=section.listen, error=error.strerror or str(error))
            await server.stop()
            return
        self._server = server

    async def stop(self) -> None:
        """Let running answers end, for two seconds at most."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop()

    def _parts(self, config: Config) -> list[Part]:
        parts = [health(self._pulse, self._figures.measure)]
        seal = seal_of(config)
        if seal is not None and config.settings.console.public_url:
            gate = Gate(seal, all_endpoints(config), self._clock)
            titles = {rule.id: rule.title for rule in config.rules}
            parts.append(Muting(gate, self._store.silences, self._store.catalogue, titles).part())
            parts.append(Unsubscribing(gate, self._store.recipients).part())
            parts.append(websub(self._hubs))
        return parts
