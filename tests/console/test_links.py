"""Links in alerts: signed, expiring, for one thing; a robot that opens every one of them does nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import dkim
import httpx
import pytest

from alerts.channels import kinds
from alerts.channels.email import KIND as EMAIL
from alerts.kind import ChannelContext
from console.muting import Muting
from console.permits import Gate
from console.server import Server
from console.unsubscribing import Unsubscribing
from marsad import exits
from marsad.__main__ import main
from news.briefing import Parcel
from news.delivery import DeliveryState
from news.links import Links
from news.permit import Fault, Permit, Purpose, Refused, Seal
from storage import Store
from tests.alerts.samples import briefing, context, delivery
from tests.alerts.test_digest import digest, roundup
from tests.samples import NOW, FrozenClock, chunk, filing
from tests.storage_steps import deliver

SECRET = "0123456789abcdef0123456789abcdef"
ENDPOINTS = frozenset({"desk", "mail/some.body@example.org"})
SEAL = Seal([SECRET])
LINKS = Links("https://marsad.example/m", SEAL, timedelta(days=30))


def permit(**changes: Any) -> Permit:
    facts = {
        "purpose": Purpose.MUTE_STORY,
        "subject": "sone",
        "endpoint": "desk",
        "expires_at": NOW + timedelta(days=1),
    }
    return Permit(**{**facts, **changes})  # type: ignore[arg-type]


def fault(token: str, purpose: Purpose = Purpose.MUTE_STORY, **changes: Any) -> Fault:
    with pytest.raises(Refused) as refused:
        SEAL.read(token, purpose, changes.get("endpoints", ENDPOINTS), changes.get("now", NOW))
    return refused.value.fault


def test_a_permit_is_read_as_it_was_given_and_for_nothing_else() -> None:
    token = SEAL.token(permit())
    assert SEAL.read(token, Purpose.MUTE_STORY, ENDPOINTS, NOW) == permit()
    assert SEAL.token(permit()) == token, "a message rendered twice bears the same link"
    assert fault(token, Purpose.MUTE_RULE) is Fault.OTHER
    assert fault(token, now=NOW + timedelta(days=1)) is Fault.EXPIRED
    assert fault(token, endpoints=["hook"]) is Fault.STRANGER


def test_every_other_bit_is_a_forgery() -> None:
    token = SEAL.token(permit())
    for place in range(len(token)):
        for letter in "A_x.":
            other = token[:place] + letter + token[place + 1 :]
            if other != token:
                assert fault(other) is Fault.FORGED, other
    payload = base64.urlsafe_b64encode(b"story\nsone\n9999999999\nx").decode()
    for made_up in (
        "",
        ".",
        "a.b",
        "é.é",
        f"{payload}.",
        token + "=",
        token.replace(".", ".."),
        "x" * 5000,
        token + "\n",
    ):
        assert fault(made_up) is Fault.FORGED
    assert fault(Seal(["f" * 32]).token(permit())) is Fault.FORGED


def test_a_replaced_secret_is_accepted_while_it_is_named() -> None:
    old, new = "a" * 32, "b" * 32
    token = Seal([old]).token(permit())
    assert Seal([new, old]).read(token, Purpose.MUTE_STORY, ENDPOINTS, NOW) == permit()
    assert Seal([new, old]).token(permit()) == Seal([new]).token(permit())
    with pytest.raises(Refused):
        Seal([new]).read(token, Purpose.MUTE_STORY, ENDPOINTS, NOW)


def test_no_address_of_a_person_stands_in_a_link() -> None:
    link = LINKS.unsubscribe("mail/some.body@example.org", NOW)
    payload = link.rpartition("/")[2].partition(".")[0]
    assert b"some" not in base64.urlsafe_b64decode(payload + "==")


@asynccontextmanager
async def door(store: Store, clock: FrozenClock) -> AsyncIterator[httpx.AsyncClient]:
    gate = Gate(SEAL, ENDPOINTS, clock)
    titles = {"security-cooperation": "Security <co-operation>"}
    parts = [
        Muting(gate, store.silences, store.catalogue, titles).part(),
        Unsubscribing(gate, store.recipients).part(),
    ]
    server = Server(parts, host="127.0.0.1", port=0, public_url="https://marsad.example")
    await server.start()
    try:
        address = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(base_url=address, trust_env=False, headers={"Host": "marsad.example"}) as client:
            yield client
    finally:
        await server.stop()


def path(link: str) -> str:
    """Of a link, as the proxy in front passes it on."""
    return link.removeprefix("https://marsad.example/m")


def test_muting_a_story_takes_a_post_and_saying_it_twice_is_one_silence(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    clock = FrozenClock()

    async def go() -> None:
        async with door(store, clock) as client:
            link = path(LINKS.mute_story("sone", "desk", NOW))
            page = await client.get(link)
            assert page.status_code == 200
            assert "Iraq, Syria interior ministers sign" in page.text
            assert '<form method="post">' in page.text
            assert store.silences.list() == [], "looking at it does nothing"
            done = [await client.post(link, data={"for": "24h"}) for _ in range(2)]
            assert [answer.status_code for answer in done] == [200, 200]
            [silence] = store.silences.list()
            assert (silence.criteria.stories, silence.author) == (("sone",), "desk")
            assert silence.ends_at == NOW + timedelta(hours=24)
            assert f"marsad silences expire {silence.id}" in done[1].text
            assert store.catalogue.tally(NOW).deliveries == {"cancelled": 1}, "what waited is not sent"
            longer = await client.post(link, data={"for": "7d"})
            assert longer.status_code == 200
            assert len(store.silences.active(clock.now())) == 2
            store.silences.expire(silence.id, clock.now())
            clock.forward(minutes=6)
            assert (await client.post(link, data={"for": "24h"})).status_code == 200, "it may be muted again"
            assert (await client.post(link, data={"for": "100y"})).status_code == 400
            assert (await client.post(link)).status_code == 400

    asyncio.run(go())


def test_a_readers_link_mutes_for_that_reader_alone(store: Store) -> None:
    me, other = "mail/some.body@example.org", "mail/other@example.org"
    mine, theirs = filing("one", me), filing("one", other)
    store.archive.commit(chunk(mine))
    store.archive.commit(chunk(replace(theirs, alerts=(), deliveries=theirs.deliveries, built_on=1)))

    async def go() -> None:
        async with door(store, FrozenClock()) as client:
            link = path(LINKS.mute_story("sone", me, NOW))
            assert "While it is muted you are not told of it" in (await client.get(link)).text
            done = [await client.post(link, data={"for": "24h"}) for _ in range(2)]
            assert "You are not told of it until" in done[0].text

    asyncio.run(go())
    [silence] = store.silences.list()
    assert (silence.receiver, silence.holds_for(me), silence.holds_for(other)) == (me, True, False)
    states = {d.delivery.endpoint: d.delivery.state.value for r in store.catalogue.alerts() for d in r.deliveries}
    assert states == {me: "cancelled", other: "held"}


@pytest.mark.parametrize("kind", ["email", "slack", "webhook"])
def test_each_story_of_a_digest_can_be_muted_from_it(kind: str) -> None:
    settings, name = {"email": (MAIL, "mail"), "slack": (SLACK, "desk"), "webhook": (HOOK, "desk")}[kind]
    endpoint = "mail/some.body@example.org" if kind == "email" else "desk"
    known = kinds()[kind]
    channel = known.build(name, known.settings.model_validate(settings), _with_links(FrozenClock()))
    for count in (3, 25):
        body = channel.render_digest(digest(endpoint), roundup(["A headline of a story"] * count)).body
        if kind == "email":
            assert message_from_bytes(body)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            body = b"".join(part.get_payload(decode=True) or b"" for part in message_from_bytes(body).walk())  # type: ignore[misc]
        tokens = set(re.findall(r"https://marsad\.example/m/mute/story/([\w.-]+)", body.decode()))
        permits = [SEAL.read(token, Purpose.MUTE_STORY, ENDPOINTS, NOW) for token in tokens]
        if kind == "slack" and count == 25:
            assert permits == [], "the budget is for stories"
        else:
            assert {one.subject for one in permits} == {f"story-{number}" for number in range(count)}
            assert {one.endpoint for one in permits} == {endpoint}


def test_muting_a_rule_names_it_and_offers_an_hour(sqlite_store: Store) -> None:
    async def go() -> None:
        async with door(sqlite_store, FrozenClock()) as client:
            link = path(LINKS.mute_rule("security-cooperation", "mail/some.body@example.org", NOW))
            page = await client.get(link)
            assert "Security &lt;co-operation&gt;" in page.text
            assert re.findall(r'value="(\w+)"', page.text) == ["1h", "24h", "7d"]
            await client.post(link, data={"for": "1h"})
            [silence] = sqlite_store.silences.list()
            assert silence.criteria.rules == ("security-cooperation",)
            assert silence.author == "mail/some.body@example.org"

    asyncio.run(go())


def test_a_refused_token_gets_a_page_that_says_why_and_does_nothing(sqlite_store: Store) -> None:
    async def go() -> None:
        clock = FrozenClock()
        async with door(sqlite_store, clock) as client:
            story, mail = LINKS.mute_story("sone", "desk", NOW), LINKS.unsubscribe("desk", NOW)
            swapped = path(mail).replace(mail.rpartition("/")[2], story.rpartition("/")[2])
            stranger = Links(LINKS.public_url, SEAL, timedelta(days=30)).mute_story("sone", "gone", NOW)
            expected = {
                path(story)[:-1]: (403, "This link is not valid"),
                swapped: (403, "This link is for something else"),
                path(stranger): (410, "receiver is gone"),
            }
            for link, (status, words) in expected.items():
                for answer in (await client.get(link), await client.post(link, data={"for": "24h"})):
                    assert (answer.status_code, words in answer.text) == (status, True), link
            clock.forward(days=31)
            late = await client.post(path(story), data={"for": "24h"})
            assert (late.status_code, "has expired" in late.text) == (410, True)
            assert sqlite_store.silences.list() == []
            assert sqlite_store.recipients.unsubscribed() == {}

    asyncio.run(go())


def _with_links(clock: FrozenClock) -> ChannelContext:
    return ChannelContext(install_id="i", user_agent="Marsad/0.1", allow_networks=(), clock=clock, links=LINKS)


MAIL = {
    "host": "127.0.0.1",
    "security": "plain",
    "from": "Marsad <marsad@example.org>",
    "to": ["some.body@example.org"],
}


def _rendered(kind: str, name: str, settings: dict[str, Any], endpoint: str) -> bytes:
    known = kinds()[kind]
    channel = known.build(name, known.settings.model_validate(settings), _with_links(FrozenClock()))
    return channel.render(delivery(endpoint), briefing(matches=2)).body


HOOK = {"url": "https://example.org/hook", "secret": "whsec_" + base64.b64encode(b"k" * 32).decode()}
SLACK = {"webhook_url": "https://hooks.slack.example/services/T/B/x"}


def _links_in(kind: str) -> list[str]:
    """Every link of ours in a rendered message, as a robot finds them."""
    if kind == "email":
        parts = message_from_bytes(_rendered("email", "mail", MAIL, "mail/some.body@example.org"))
        text = str(parts["List-Unsubscribe"]) + "".join(
            part.get_payload(decode=True).decode()
            for part in parts.walk()
            if not part.is_multipart()  # type: ignore[union-attr]
        )
    else:
        text = _rendered(kind, "desk", HOOK if kind == "webhook" else SLACK, "desk").decode()
    return sorted(set(re.findall(r"https://marsad\.example/m/[\w/.-]+", text)))


@pytest.mark.parametrize(("kind", "count"), [("email", 4), ("slack", 3), ("webhook", 3)])
def test_a_robot_that_fetches_every_link_of_a_message_changes_nothing(
    kind: str, count: int, sqlite_store: Store
) -> None:
    """As mail scanners, chat unfurlers and browsers' prefetch do: GET and HEAD, forms never sent."""
    sqlite_store.archive.commit(chunk(filing()))
    before = sqlite_store.catalogue.tally(NOW)

    async def go() -> None:
        async with door(sqlite_store, FrozenClock()) as client:
            waiting, seen = [path(link) for link in _links_in(kind)], set[str]()
            assert len(waiting) == count
            while waiting:
                here = waiting.pop()
                if here in seen:
                    continue
                seen.add(here)
                await client.head(here)
                page = await client.get(here, headers={"Sec-Purpose": "prefetch", "Purpose": "prefetch"})
                assert page.status_code == 200, here
                waiting += [urljoin(here, ref) for ref in re.findall(r'(?:href|src|action)="([^"]*)"', page.text)]

    asyncio.run(go())
    assert sqlite_store.silences.list() == []
    assert sqlite_store.recipients.unsubscribed() == {}
    assert sqlite_store.catalogue.tally(NOW) == before


def test_one_click_ends_a_recipients_mail_and_the_command_undoes_it(store: Store) -> None:
    endpoint = "mail/some.body@example.org"
    store.archive.commit(chunk(filing("one", endpoint), filing("two", "desk")))
    clock = FrozenClock()

    async def go() -> None:
        async with door(store, clock) as client:
            # RFC 8058, 3.2: the mail program posts this, and nothing else.
            post = {
                "content": "List-Unsubscribe=One-Click",
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            }
            link = path(LINKS.unsubscribe(endpoint, NOW))
            answers = [await client.post(link, **post) for _ in range(2)]  # type: ignore[arg-type]
            assert [answer.status_code for answer in answers] == [200, 200]
            assert "set-cookie" not in answers[0].headers

    asyncio.run(go())
    assert store.recipients.unsubscribed() == {endpoint: NOW}
    assert store.catalogue.tally(NOW).deliveries == {"cancelled": 1, "held": 1}
    store.archive.commit(chunk(filing("three", endpoint)))
    later = NOW + timedelta(hours=1)
    assert deliver(store, lambda _d, _b: Parcel(body=b"x", media_type="text/plain"), later) == 1, "the desk's only"
    [mine] = [r.deliveries[0].delivery for r in store.catalogue.alerts() if r.alert.id == "althree"]
    assert (mine.state, "unsubscribed" in mine.reason) == (DeliveryState.CANCELLED, True)
    assert store.recipients.resubscribe(endpoint)
    assert not store.recipients.resubscribe(endpoint)


def test_the_mail_names_its_way_out_only_where_there_is_one_and_dkim_can_sign_it() -> None:
    body = _rendered("email", "mail", MAIL, "mail/some.body@example.org")
    mail = message_from_bytes(body)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<https://marsad\.example/m/unsubscribe/[\w.-]+>", mail["List-Unsubscribe"].strip())
    assert max(len(line) for line in body.splitlines()) <= 998
    private, public = _key_pair()
    covered = [b"from", b"to", b"subject", b"list-unsubscribe", b"list-unsubscribe-post"]
    signature = dkim.sign(body, b"s", b"example.org", private, include_headers=covered)

    def txt(_name: bytes, **_: object) -> bytes:
        return b"v=DKIM1; k=rsa; p=" + public

    assert dkim.verify(signature + body, dnsfunc=txt)
    assert not dkim.verify(signature + body.replace(b"One-Click", b"Two-Click"), dnsfunc=txt), "it is covered"
    bare = EMAIL.build("mail", EMAIL.settings.model_validate(MAIL), context())
    assert b"List-Unsubscribe" not in bare.render(delivery("mail/some.body@example.org"), briefing()).body


def _key_pair() -> tuple[bytes, bytes]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private, base64.b64encode(key.public_key().public_bytes(serialization.Encoding.DER, form))


CONFIG = """\
store: sqlite:///m.db
receivers:
  mail: {channel: email, host: 127.0.0.1, security: plain, from: m@example.org, to: [a@example.org, b@example.org]}
operators: [mail]
"""


def test_channels_list_shows_who_left_and_resubscribe_brings_them_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from storage import open_store

    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    with_store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    with_store.recipients.unsubscribe("mail/a@example.org", at=NOW, via="test")
    with_store.close()

    def said(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        out = capsys.readouterr()
        return code, out.out + out.err

    rows = json.loads(said("channels", "list", "--json")[1])
    assert [(row["endpoint"], bool(row["unsubscribed_at"])) for row in rows] == [
        ("mail/a@example.org", True), ("mail/b@example.org", False),
    ]  # fmt: skip
    assert "gets nothing" in said("channels", "list")[1]
    assert "unsubscribed mail/a@example.org" in said("status")[1]
    assert said("channels", "resubscribe", "mail/b@example.org")[0] == exits.USAGE
    assert said("channels", "resubscribe", "mail/a@example.org")[0] == exits.OK
    assert "gets nothing" not in said("channels", "list")[1]


@pytest.mark.parametrize(
    ("console", "words"),
    [
        ("{listen: 127.0.0.1:8080, public_url: https://m.example}", "name it as console.secret_file"),
        ("{public_url: https://m.example, secret: 0123456789abcdef0123456789abcdef}", "without console.listen"),
        ("{listen: 127.0.0.1:8080, public_url: http://m.example}", "must be https"),
        ("{listen: 127.0.0.1:8080, secret: short}", "openssl rand -hex 32"),
        ("{listen: 127.0.0.1:99999}", "write for example 127.0.0.1:8080"),
        ("{listen: 8080}", "console.listen"),
    ],
)
def test_a_console_that_cannot_work_is_refused_with_its_place(
    tmp_path: Path, console: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.yaml").write_text(f"store: sqlite:///m.db\nconsole: {console}\n")
    code = main(["-c", str(tmp_path / "c.yaml"), "config", "check"])
    err = capsys.readouterr().err
    assert (code, words in err) == (exits.CONFIG, True), err
    assert "c.yaml:2" in err
