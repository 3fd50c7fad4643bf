"""Logging for the whole process: structlog in front of stdlib logging, secrets masked.

Readable on a terminal, JSON lines otherwise. Everything goes to standard error: standard output
is for what commands answer.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

from marsad.escaping import escape_controls
from marsad.repeats import Repeats

_NOISY = ("scrapy", "twisted", "apscheduler", "asyncio", "httpx", "httpcore", "alembic", "mail.log")
_MASK = "********"


class Masking:
    """Replaces known secrets wherever they appear, and shows control characters escaped."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [s for s in sorted(set(secrets), key=len, reverse=True) if len(s) >= 4]

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = self.clean(value)
            elif not isinstance(value, (int, float, bool, type(None))):
                event[key] = self.clean(str(value))
        return event

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return escape_controls(text)


def configure(level: str = "info", form: str = "auto", secrets: Iterable[str] = ()) -> None:
    """Set up logging once per process (again after a reload: the secrets may have changed).

    `form` is auto, text or json. Libraries are heard from `warning` upwards only.
    """
    readable = form == "text" or (form == "auto" and sys.stderr.isatty())
    final: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
        if readable
        else [structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        Masking(secrets),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            Repeats(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # A job that is still running when its time comes again is left out once: meant so, and no news.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
