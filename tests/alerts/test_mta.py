"""Our mails through a relay that other people wrote: OpenSMTPD, into a mailbox.

Without TLS: Debian 12 builds it against an OpenSSL with which its separate process for keys cannot
sign. TLS is tried against aiosmtpd.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from alerts.channels.email import EmailSettings
from alerts.channels.email.client import EmailChannel
from news.briefing import Root
from news.delivery import SendResult
from tests.alerts.relay import Relay
from tests.alerts.samples import ARABIC, HOSTILE, briefing, claim, context

pytestmark = pytest.mark.anyio

CONFIG = """\
table recipients {{ "@example.org" = nobody }}
listen on 127.0.0.1 port {port}
action "keep" maildir "{folder}/mail" virtual <recipients>
match from any for domain "example.org" action "keep"
"""


@pytest.fixture
def mta(tmp_path_factory):
    """(port, maildir) of a running OpenSMTPD, or a skip that says why there is none."""
    if shutil.which("smtpd") is None:
        pytest.skip("OpenSMTPD is not installed (apt-get install opensmtpd): no foreign relay to be tried")
    if os.geteuid() != 0:
        pytest.skip("OpenSMTPD starts only as root: no foreign relay to be tried")
    folder = Path("/tmp") / f"marsad-mta-{os.getpid()}"  # nobody must be able to reach it
    folder.mkdir(mode=0o755)
    (folder / "mail").mkdir()
    shutil.chown(folder / "mail", "nobody")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "smtpd.conf").write_text(CONFIG.format(folder=folder, port=port))
    (folder / "smtpd.conf").chmod(0o600)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(["smtpd", "-d", "-f", folder / "smtpd.conf"], stdout=log, stderr=log)
    try:
        if not _answers(port, process):
            pytest.skip(f"OpenSMTPD does not start here: {(folder / 'log').read_text()[-300:]}")
        yield port, folder / "mail"
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    limit = time.monotonic() + 10
    while time.monotonic() < limit and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


async def test_a_foreign_relay_takes_our_mails_and_they_come_out_as_they_went_in(mta, figure):
    port, box = mta
    given = {
        "host": "127.0.0.1",
        "port": port,
        "from": "مرصد <marsad@example.org>",
        "to": "reader@example.org",
        "security": "plain",
    }
    made = EmailChannel("desk", EmailSettings.model_validate(given), context())
    titles = [ARABIC, *HOSTILE]
    sent = {}
    for number, title in enumerate(titles):
        root = Root(delivery_id="msg_root", subject=title) if number % 2 else None
        wanted = claim(made, briefing(title, root=root, sentence=title), revision=number + 1)
        receipt = await _send(made, wanted)
        assert (receipt.result, receipt.status) == (SendResult.ACCEPTED, "250"), receipt
        assert receipt.remote_id, "the relay's name for it is kept, to be found in its log"
        sent[f"<{wanted.delivery.id}@example.org>"] = wanted.parcel.body
    async with asyncio.timeout(20):
        while len(list(box.glob("new/*"))) < len(titles):
            await asyncio.sleep(0.05)
    for file in box.glob("new/*"):
        came = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        went = email.message_from_bytes(sent[came["Message-ID"]], policy=email.policy.default)
        for name in ("Subject", "From", "To", "Date", "References", "In-Reply-To", "List-Id", "Auto-Submitted"):
            assert came[name] == went[name]
        for part in ("plain", "html"):
            ours, theirs = went.get_body((part,)), came.get_body((part,))
            assert theirs.get_content().replace("\r\n", "\n") == ours.get_content().replace("\r\n", "\n")
    stranger = EmailChannel("x", EmailSettings.model_validate({**given, "to": "a@elsewhere.example"}), context())
    refused = await stranger.send(claim(stranger))
    assert (refused.result, refused.status[:3]) == (SendResult.ABORTED, "550")
    figure(f"OpenSMTPD: {len(titles)} mails taken and unchanged, a stranger's recipient refused")


async def _send(channel, claim):
    """As the dispatcher does: again, when the relay (which looks our name up first) did not answer in time."""
    for _ in range(3):
        receipt = await channel.send(claim)
        if receipt.status != "time-out":
            break
    return receipt


async def test_a_relay_that_greylists_is_left_alone_for_five_minutes():
    """What OpenSMTPD has no filter for here: a reply that says `not yet`."""
    for reply in ("450 4.7.1 greylisted", "451 4.7.1 try later", "421 4.7.0 busy"):
        async with Relay(replies={"RCPT": reply}) as relay:
            given = {
                "host": "127.0.0.1",
                "port": relay.port,
                "security": "plain",
                "from": "a@x.example",
                "to": "b@x.example",
            }
            made = EmailChannel("desk", EmailSettings.model_validate(given), context())
            receipt = await made.send(claim(made))
        assert receipt.result is SendResult.RETRY
        assert receipt.retry_after is not None
        assert receipt.retry_after.total_seconds() == 300
