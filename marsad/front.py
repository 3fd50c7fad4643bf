"""The console wired to this process: started, reloaded and stopped by the daemon."""

from __future__ import annotations

import structlog

from console.health import health
from console.server import Part, Server
from marsad.config import Config
from marsad.figures import ANSWERS, Figures
from marsad.pulse import Pulse

log = structlog.get_logger("marsad.console")


class Front:
    """At most one server. A port that cannot be had is an error in the log, not the daemon's end."""

    def __init__(self, pulse: Pulse, figures: Figures) -> None:
        self._pulse, self._figures = pulse, figures
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
        return [health(self._pulse, self._figures.measure)]
