"""The process that runs Apprise once. Its output goes nowhere: it would show parts of keys."""

from __future__ import annotations

import json
import resource
import sys

from alerts.channels.apprise.client import FAILED, SENT, UNUSABLE

MEMORY = 1024**3


def main() -> int:
    """Read what to send from standard input, send it once, and say how it went."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import apprise

    given = json.load(sys.stdin)
    asset = apprise.AppriseAsset(http_redirects=False)
    target = apprise.Apprise(asset=asset)
    if not target.add(given["url"]) or len(target) != 1:
        return UNUSABLE
    sent = target.notify(title=given["title"], body=given["body"], body_format=apprise.NotifyFormat.TEXT)
    return SENT if sent else FAILED


if __name__ == "__main__":
    sys.exit(main())
