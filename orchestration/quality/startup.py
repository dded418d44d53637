"""Starting Great Expectations: its import is the costly part of a gate (6 to 12 s of CPU).

Two things keep it low. `preload` imports it in a thread while dbt works. And two libraries that
only its statistical tests and their plots use, a third of the whole, are put off until
somebody uses them: a stand-in takes their place while Great Expectations is being imported. Spark
is kept from it altogether: no gate runs there, and where pyspark is installed without all it could
use, importing it may end the process.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SELDOM_USED = ("scipy.stats", "altair")
_NEVER_USED = "pyspark"


class _PutOff(types.ModuleType):
    """Stands in for a module and imports it when one of its names is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _restore(self)
        return getattr(importlib.import_module(self.__name__), name)


def _restore(stand_in: types.ModuleType) -> None:
    if sys.modules.get(stand_in.__name__) is stand_in:
        del sys.modules[stand_in.__name__]


@contextmanager
def _put_off(names: tuple[str, ...]) -> Iterator[None]:
    """Within: importing one of the modules costs nothing. After: it is imported as ever."""
    stand_ins = [_PutOff(name) for name in names if name not in sys.modules]
    sys.modules.update({stand_in.__name__: stand_in for stand_in in stand_ins})
    try:
        yield
    finally:
        for stand_in in stand_ins:
            _restore(stand_in)


@contextmanager
def _kept_out(name: str) -> Iterator[None]:
    """Within: the library cannot be imported, unless somebody has already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def great_expectations() -> Any:
    """The library, imported at the first call; usage reporting is off whatever the user has set."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with _put_off(_SELDOM_USED), _kept_out(_NEVER_USED):
        library = importlib.import_module("great_expectations")
        importlib.import_module("orchestration.warehouse.duckdb_dialect").register()
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return library


def preload() -> threading.Thread:
    """Begin importing Great Expectations beside other work; nothing needs to wait for it.

    A gate that comes too early waits by itself, and an import that fails is reported there.
    """

    def load() -> None:
        try:
            great_expectations()
        except Exception as error:
            logging.getLogger(__name__).debug("preload failed: %s", error)

    thread = threading.Thread(target=load, name="preload-great-expectations", daemon=True)
    thread.start()
    return thread
