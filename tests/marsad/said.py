"""What the command line said."""

from __future__ import annotations

import pytest

from marsad.__main__ import main


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    code = main(list(arguments))
    out = capsys.readouterr()
    return code, out.out, out.err
