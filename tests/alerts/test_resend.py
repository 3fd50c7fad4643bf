"""Sending again: one, a range, a receiver; under the same ids and on a fresh schedule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from news.delivery import DeliveryState
from tests.alerts.receiver import Receiver, answer
from tests.alerts.samples import NOW
from tests.alerts.test_dispatcher import webhook

pytestmark = pytest.mark.anyio


async def test_a_dead_letter_sent_again_starts_its_schedule_anew(world):
    [delivery] = world.tell("desk")
    async with Receiver([answer(422)]) as receiver:
        pump = world.dispatcher({"desk": webhook(receiver, world.clock)})
        for _ in range(3):
            await pump.once()
            world.clock.move(minutes=5)
        assert world.state(delivery) is DeliveryState.DEAD
        world.outbox.resend(delivery, world.clock.now())
        await pump.once()
        record = world.record(delivery)
        assert record.delivery.state is DeliveryState.RETRY_WAIT, "three more tries, not none"
        assert record.delivery.ready_at - world.clock.now() < timedelta(seconds=10), "the first pause again"
        receiver.script = [answer(204)]
        world.clock.move(minutes=1)
        await pump.once()
    assert world.state(delivery) is DeliveryState.DELIVERED
    assert {r.headers["webhook-id"] for r in receiver.requests} == {delivery}
    assert len({r.body for r in receiver.requests}) == 1
    assert [a.number for a in world.record(delivery).attempts] == [1, 2, 3, 4, 5]


async def test_the_ledger_says_how_long_the_exchange_itself_took(world):
    [delivery] = world.tell("desk")
    async with Receiver() as receiver:
        await world.dispatcher({"desk": webhook(receiver)}).once()
    [attempt] = world.record(delivery).attempts
    assert attempt.took_ms is not None
    assert 0 < attempt.took_ms < 5000


async def test_a_range_and_a_receiver_are_chosen_and_nothing_else(world):
    made = {}
    for hour in range(4):
        made[hour] = world.tell("desk", "mail/a@example.org", "mailing", story=f"story-{hour}")
        world.clock.move(hours=1)
    async with Receiver() as receiver:
        channels = {"desk": webhook(receiver, world.clock), "mailing": webhook(receiver, world.clock, "mailing")}
        await world.dispatcher(channels).once()

    def chosen(*states, **more):
        return {d.id for d in world.outbox.settled(states=states or (DeliveryState.DELIVERED,), **more)}

    assert chosen() == {made[h][n] for h in range(4) for n in (0, 2)}
    between = {"since": NOW + timedelta(hours=1), "until": NOW + timedelta(hours=3)}
    assert chosen(**between, receiver="desk") == {made[1][0], made[2][0]}
    assert chosen(DeliveryState.DEAD, receiver="mail") == {made[h][1] for h in range(4)}, "not `mailing`"
    assert chosen(DeliveryState.SENDING, DeliveryState.READY) == set(), "what is on its way is left alone"
