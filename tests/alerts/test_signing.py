"""Webhook signatures v1 and v1a, and how a key is replaced without a gap."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
import standardwebhooks
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from alerts.channels.webhook import WebhookSettings
from alerts.channels.webhook.client import WebhookChannel
from alerts.signing import key_of, new_pair, new_secret, signature
from tests.alerts.receiver import Receiver
from tests.alerts.samples import claim, context
from tests.alerts.test_webhook import OLD_SECRET, SECRET
from tests.samples import FrozenClock

BODY = '{"a":"اتفاق"}'.encode()


def items(header):
    return [tuple(item.split(",", 1)) for item in header.split(" ")]


def public_key(text):
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text.removeprefix("whpk_")))


def test_a_private_key_signs_and_its_public_half_verifies():
    private, public = new_pair()
    [(version, signed)] = items(signature([key_of(private)], "msg_a", 1_700_000_000, BODY))
    assert version == "v1a"
    public_key(public).verify(base64.b64decode(signed), b"msg_a.1700000000." + BODY)
    with pytest.raises(InvalidSignature):
        public_key(new_pair()[1]).verify(base64.b64decode(signed), b"msg_a.1700000000." + BODY)


def test_a_key_of_64_bytes_is_seed_and_public_half():
    private, public = new_pair()
    whole = base64.b64decode(private.removeprefix("whsk_")) + base64.b64decode(public.removeprefix("whpk_"))
    assert key_of("whsk_" + base64.b64encode(whole).decode()).public == public
    with pytest.raises(ValueError, match="do not belong together"):
        key_of("whsk_" + base64.b64encode(whole[:-1] + b"\0").decode())


def test_a_fresh_secret_is_32_random_bytes():
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in made} == {32}


def test_no_key_shows_itself():
    private, _ = new_pair()
    for text in (private, SECRET):
        key = key_of(text)
        assert text.partition("_")[2] not in repr(key)
        assert "planted" not in repr(key)


def test_without_the_extra_a_private_key_says_what_to_install(monkeypatch):
    import sys

    private, _ = new_pair()
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    with pytest.raises(ValueError, match=r"marsad\[ed25519\]"):
        key_of(private)


@pytest.mark.anyio
async def test_both_versions_go_together_and_a_verifier_of_v1_takes_them():
    private, public = new_pair()
    async with Receiver() as receiver:
        given = {"url": receiver.url(), "secret": [SECRET, private], "allow_http": True}
        made = WebhookChannel("desk", WebhookSettings.model_validate(given), context())
        await made.send(claim(made))
    [request] = receiver.requests
    assert [version for version, _ in items(request.headers["webhook-signature"])] == ["v1", "v1a"]
    standardwebhooks.Webhook(SECRET).verify(request.body, request.headers)
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    public_key(public).verify(base64.b64decode(items(request.headers["webhook-signature"])[1][1]), signed)


@pytest.mark.anyio
async def test_during_a_rotation_both_sign_and_after_it_the_new_one_alone():
    clock = FrozenClock()
    until = clock.now() + timedelta(hours=24)
    async with Receiver() as receiver:
        given = {
            "url": receiver.url(), "secret": SECRET, "previous_secret": OLD_SECRET, "previous_until": until,
            "allow_http": True,
        }  # fmt: skip
        made = WebhookChannel("desk", WebhookSettings.model_validate(given), context(clock=clock))
        for step in (0, 23, 1):
            clock.forward(hours=step)
            await made.send(claim(made))
    seen = []
    for request in receiver.requests:
        signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
        found = {given for _, given in items(request.headers["webhook-signature"])}
        digests = {
            name: base64.b64encode(hmac.new(base64.b64decode(secret[6:]), signed, hashlib.sha256).digest()).decode()
            for name, secret in (("new", SECRET), ("old", OLD_SECRET))
        }
        seen.append({name for name, digest in digests.items() if digest in found})
    assert seen == [{"new", "old"}, {"new", "old"}, {"new"}]
