"""How much has been told lately: what caps are measured against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from news.alert import AlertKind
from news.delivery import Delivery


@dataclass(slots=True)
class Traffic:
    """Messages of the last hour by `routes` and by `endpoints`, and how many are `waiting` for an
    endpoint; folded ones do not count. `sources`: by source, the stories first told in the last hour, however,
    that it reports. `digested`: when (endpoint, fold) last became a digest."""

    routes: Counter[str] = field(default_factory=Counter)
    endpoints: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    digested: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def count(self, deliveries: Iterable[Delivery], source: str = "") -> None:
        """Take in what was just decided of one story, by a report of that source."""
        told = list(deliveries)
        if source and any(delivery.kind is AlertKind.MATCHED for delivery in told):
            self.sources[source] += 1
        for delivery in told:
            if delivery.fold:
                continue
            self.routes.update(delivery.route.split("+"))
            self.endpoints[delivery.endpoint] += 1
            self.waiting[delivery.endpoint] += 1
