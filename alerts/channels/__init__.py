"""The kinds of channels, found by themselves: every module here that has a `KIND` is one."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from alerts.kind import ChannelContext, ChannelKind


@cache
def kinds() -> Mapping[str, ChannelKind]:
    """Every kind by its name, in alphabetical order."""
    modules = (import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    found = [module.KIND for module in modules if hasattr(module, "KIND")]
    return MappingProxyType({kind.name: kind for kind in sorted(found, key=lambda k: k.name)})


__all__ = ["ChannelContext", "ChannelKind", "kinds"]
