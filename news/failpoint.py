"""Named places where a test may kill the process: set MARSAD_FAILPOINT=name[:nth].

The places are those of the delivery contract: K1 (fetched, before T1) ... K15 (SMTP after the
final dot). With the variable unset, as in production, `reach` is a dictionary look-up.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "MARSAD_FAILPOINT"
_hits: dict[str, int] = {}


def reach(name: str) -> None:
    """Kill this process with SIGKILL if the failpoint `name` is set and its turn has come."""
    setting = os.environ.get(VARIABLE)
    if not setting:
        return
    wanted, _, nth = setting.partition(":")
    if wanted != name:
        return
    _hits[name] = _hits.get(name, 0) + 1
    if _hits[name] >= int(nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
