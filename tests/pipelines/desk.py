"""An intake over a real store, short ways to feed it, and articles to feed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from news.alert import Route
from news.article import Article, Rejection, Withdrawal
from news.outlet import SourceState
from pipelines.intake import Intake, Taken, VisitContext
from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.tagger import Tagger
from storage import Store
from tests.samples import FrozenClock, article, render, source
from tests.storage_steps import deliver

TAGGER = Tagger([rule_from(builtin_rules()["security-cooperation"], origin="builtin")])
TEXT = (
    "The interior ministers of Iraq and Syria signed a memorandum of understanding on security cooperation in Baghdad. "
    "It covers drug control, border security and the extradition of wanted persons in both countries.\n\n"
    "A joint committee of twelve officers will meet every ninety days, and liaison officers will be posted."
)
RAIN = article("rain", title="Rain lifts the river by 40 centimetres", text="Heavy rain lifted the river. " * 8)


class Desk:
    """An intake with a route to one hook, and short ways to feed it."""

    def __init__(self, store: Store, *routes: Route, **more: Any) -> None:
        self.store, self.clock = store, FrozenClock()
        self.route(*(routes or (Route(id="r", endpoints=("hook",), group_wait=timedelta(seconds=60)),)), **more)

    def route(self, *routes: Route, **more: Any) -> None:
        """Go on with these routes, as after a reload."""
        facts: dict[str, Any] = {"clock": self.clock, "silences": self.store.silences, "operators": ("ops",)}
        self.intake = Intake(self.store.archive, TAGGER, routes, **{**facts, **more})

    def context(self, outlet: str = "tigris", **changes: Any) -> VisitContext:
        one = source(outlet)
        facts = {"source": one, "state": SourceState(first_visit=False), "run_id": "r1", "host": f"{outlet}.example"}
        return VisitContext(**{**facts, "fence": 1, **changes})

    def take(self, *finds: Article | Rejection | Withdrawal, outlet: str = "tigris", **changes: Any) -> Taken:
        taken = self.intake.take(finds, self.context(outlet, **changes))
        assert taken.counts.adds_up()
        return taken

    def deliveries(self) -> list[tuple[str, str]]:
        records = reversed(self.store.catalogue.alerts(limit=100))
        return [(d.delivery.kind.value, d.delivery.state.value) for r in records for d in r.deliveries]

    def send_all(self) -> None:
        """Hand everything that is due to a channel that takes it."""
        deliver(self.store, render, self.clock.now())


MEMO = article("memo", text=TEXT)
OWN = article(
    "own", "zagros", title="Iraq and Syria interior ministers agree on security cooperation in Baghdad",
    text="In Baghdad the interior ministers of Iraq and Syria put their names to a memorandum on border security, "
    "drug control and extradition, the third since spring, officials said on Tuesday evening.",
)  # fmt: skip
