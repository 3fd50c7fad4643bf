"""The way out: guarded before dialling, bounded while reading, and clear about what was written."""

from __future__ import annotations

import asyncio
import gzip
import resource
import sys
import time
from datetime import timedelta

import httpcore
import pytest

from alerts.dial import Dialler
from alerts.http import Door, HttpClient, NotAllowed, Unanswered
from tests.alerts.receiver import Receiver, answer
from tests.alerts.relay import certificate
from tests.alerts.samples import LOOPBACK

pytestmark = pytest.mark.anyio

SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
    "127.0.0.1.", "127.255.255.254", "localhost", "LOCALHOST", "localhost.", "0", "0.0.0.0", "0x0", "00000000",
    "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe",
    "0251.0376.0251.0376", "169.254.169.254.", "168.63.129.16", "100.100.100.200", "10.0.0.1", "10.1", "0xa000001",
    "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1", "100.64.0.1", "192.0.0.1", "192.0.2.1",
    "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0a00:1]",
    "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001:0:1::1]", "[fe80::1]",
    "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[100::1]", "[3fff::1]",
    "[5f00::1]", "[2001:db8::1]",
]  # fmt: skip

_connects: list[object] = []
_watched = False


def _spy(event, arguments):
    if _watched and event == "socket.connect":
        _connects.append(arguments[1])


sys.addaudithook(_spy)  # there is no way to remove one: it does nothing unless watched


@pytest.fixture
def connects():
    """Addresses that any socket of this process was told to connect to."""
    global _watched
    _connects.clear()
    _watched = True
    yield _connects
    _watched = False


async def test_no_spelling_of_an_inside_address_is_dialled(connects):
    assert len(SPELLINGS) >= 60
    client = HttpClient(Door(allow_http=True), total=timedelta(seconds=2))
    for host in SPELLINGS:
        with pytest.raises((NotAllowed, Unanswered)) as raised:
            await client.post(f"http://{host}/hook", b"{}", {})
        written = getattr(raised.value, "written", False)
        assert not written, host
    assert connects == []


async def test_the_spy_does_see_connections(connects):
    async with Receiver() as receiver:
        await allowed().post(receiver.url(), b"{}", {})
    assert connects


@pytest.mark.parametrize(
    "url",
    ["http://u:p@127.0.0.1/x", "ftp://127.0.0.1/", "file:///etc/passwd", "https://", "//x", "https://a\\@b/",
     "https://127.0.0.1:99999/", "https://exa\tmple/", "gopher://127.0.0.1:6379/_x", "https://[::1"],
)  # fmt: skip
async def test_what_is_no_plain_address_is_refused(url, connects):
    with pytest.raises((NotAllowed, Unanswered)) as raised:
        await HttpClient(Door(allow_http=True)).post(url, b"", {})
    assert "127.0.0.1" not in str(raised.value)
    assert connects == []


async def test_http_needs_leave():
    with pytest.raises(NotAllowed, match="allow_http"):
        await HttpClient(Door(allow_networks=LOOPBACK)).post("http://127.0.0.1/", b"", {})


def answering(*turns):
    """A resolver that gives these answers in turn."""
    left = list(turns)

    async def resolve(host, port):
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def test_one_bad_answer_among_good_ones_is_enough(connects):
    dialler = Dialler((), {80}, answering(["93.184.216.34", "10.0.0.1"]))
    with pytest.raises(NotAllowed, match="private"):
        await dialler.connect_tcp("mixed.example", 80, timeout=1)
    assert connects == []


async def test_what_was_checked_is_what_is_dialled(connects):
    async with Receiver() as receiver:
        dialler = Dialler(LOOPBACK, {80}, answering(["127.0.0.1"], ["10.0.0.1"]))
        stream = await dialler.connect_tcp("rebinding.example", receiver.port, timeout=2)
        await stream.aclose()
        with pytest.raises(NotAllowed):
            await dialler.connect_tcp("rebinding.example", receiver.port, timeout=2)
    assert connects == [("127.0.0.1", receiver.port)]


@pytest.mark.parametrize("port", [22, 25, 6379, 8080])
async def test_ports_are_80_and_443_unless_named(port, connects):
    public = answering(["93.184.216.34"])
    with pytest.raises(NotAllowed, match=f"port {port}"):
        await Dialler((), {80, 443}, public).connect_tcp("x.example", port, timeout=1)
    assert connects == []
    assert await Dialler((), {80, 443, port}, public).addresses("x.example", port)


async def test_a_name_that_does_not_resolve_is_no_connection():
    async def nobody(host, port):
        raise OSError("no such name")

    with pytest.raises(httpcore.ConnectError):
        await Dialler((), {80}, nobody).connect_tcp("x.example", 80, timeout=1)


def allowed(**more):
    return HttpClient(Door(allow_http=True, allow_networks=LOOPBACK), **more)


async def test_a_redirect_is_an_answer_and_not_followed():
    async with Receiver() as inside, Receiver() as receiver:
        receiver.script = [answer(307, Location=inside.url())]
        reply = await allowed().post(receiver.url(), b"{}", {})
        assert reply.status == 307
        assert inside.requests == []


async def test_proxies_and_netrc_of_the_environment_are_ignored(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login planted password planted")
    async with Receiver() as receiver, Receiver() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        monkeypatch.setenv("NETRC", str(netrc))
        await allowed().post(receiver.url(), b"{}", {})
        assert proxy.connections == 0
        assert "authorization" not in receiver.requests[0].headers


async def test_host_and_length_go_with_the_request():
    async with Receiver() as receiver:
        await allowed().post(receiver.url("/a?b=c"), b"{}", {"x-one": "1"})
        [request] = receiver.requests
    assert request.target == "/a?b=c"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["content-length"] == "2"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["x-one"] == "1"


async def hang(request, writer):
    await asyncio.sleep(30)


async def drip_body(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drip_head(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("slow", [hang, drip_body, drip_head])
async def test_slowness_is_cut_by_our_own_clock(slow):
    async with Receiver(script=[slow]) as receiver:
        began = time.monotonic()
        with pytest.raises(Unanswered) as raised:
            await allowed(total=timedelta(seconds=0.4)).post(receiver.url(), b"{}", {})
        assert time.monotonic() - began < 2
    assert raised.value.written
    assert raised.value.timed_out


async def endless(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def test_an_endless_reply_is_read_to_64_kib():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with Receiver(script=[endless]) as receiver:
        replies = [await allowed().post(receiver.url(), b"{}", {}) for _ in range(20)]
    assert {(r.status, len(r.body)) for r in replies} == {(200, 64 * 1024)}
    assert len(replies[0].excerpt()) == 4096
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


async def test_a_gzip_bomb_is_not_unpacked():
    bomb = gzip.compress(b"\0" * 20_000_000)
    async with Receiver(script=[answer(200, bomb, Content_Encoding="gzip")]) as receiver:
        reply = await allowed().post(receiver.url(), b"{}", {})
    assert reply.body == bomb[: 64 * 1024]


async def many_headers(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200_000)) + b"\r\n")
    await writer.drain()


async def test_200_000_headers_are_refused():
    async with Receiver(script=[many_headers]) as receiver:
        with pytest.raises(Unanswered, match="not HTTP"):
            await allowed().post(receiver.url(), b"{}", {})


async def test_a_status_counts_even_if_the_body_breaks_off():
    broken = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    async with Receiver(script=[broken]) as receiver:
        reply = await allowed().post(receiver.url(), b"{}", {})
    assert (reply.status, reply.body) == (200, b"half")


async def test_hanging_up_after_the_request_leaves_it_in_doubt():
    async with Receiver(script=[b""]) as receiver:
        with pytest.raises(Unanswered) as raised:
            await allowed().post(receiver.url(), b"{}", {})
    assert raised.value.written


async def test_nobody_listening_is_certain():
    async with Receiver() as receiver:
        url = receiver.url()
    with pytest.raises(Unanswered) as raised:
        await allowed().post(url, b"{}", {})
    assert not raised.value.written
    assert str(receiver.port) not in str(raised.value)


async def test_certificates_are_checked(tmp_path):
    _, server = certificate(tmp_path)
    async with Receiver(tls=server) as receiver:
        with pytest.raises(Unanswered, match="certificate is not valid") as raised:
            await allowed().post(receiver.url(), b"{}", {})
    assert not raised.value.written
    assert receiver.requests == []


async def test_tls_with_a_known_authority_works(tmp_path):
    from alerts.tls import context_of

    file, server = certificate(tmp_path)
    async with Receiver(tls=server) as receiver:
        door = Door(allow_networks=LOOPBACK, tls=context_of(str(file)))
        assert (await HttpClient(door).post(receiver.url(), b"{}", {})).status == 200
