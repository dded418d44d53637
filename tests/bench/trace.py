"""Where the start-up of a run goes: `python -m bench.trace OUT run --warehouse X ...`.

Runs the command line with a stopwatch in it that is always on exactly one item: a second spent on
importing is not also a second of parsing. So the items add up to the whole.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ENTERED_AT = time.monotonic()
OWN_LIBRARY = "Python's own library"
ELSE = "everything else"

FUNCTIONS = {
    "orchestration.dbt_runner": {
        "parse_project": "dbt: parse the project",
        "build": "dbt: build",
    },
    "orchestration.definitions": {"build_definitions": "dagster: make the graph"},
    "orchestration.run": {"read_definitions": "read the definitions"},
    "orchestration.quality.suites": {"read_checkpoint": "read the gates' suites"},
    "orchestration.reports.summary": {"collect": "summary: read its figures"},
    "orchestration.reports.render": {"render": "summary: draw it"},
    "orchestration.work": {"work_to_do": "find out what there is to do"},
    "duckdb": {"connect": "open the warehouse"},
}
"""Functions that are an item of their own; one that is gone is passed over."""
METHODS = {
    "dagster": ("JobDefinition", "execute_in_process", "dagster: go through the graph"),
    "orchestration.run_log": ("RunLog", "finish", "write the run log"),
}
STEPS = ("orchestration.run", "Run", "step")


class Stopwatch:
    """Gives every moment of a thread to the item on top of its stack."""

    def __init__(self, base: str) -> None:
        self.items: dict[str, float] = {}
        self.stack = [base]
        self.since = time.monotonic()

    def _credit(self) -> None:
        now = time.monotonic()
        self.items[self.stack[-1]] = self.items.get(self.stack[-1], 0.0) + now - self.since
        self.since = now

    @contextlib.contextmanager
    def on(self, item: str) -> Iterator[None]:
        """Run for this item, and then again for the one before."""
        self._credit()
        self.stack.append(item)
        try:
            yield
        finally:
            self._credit()
            self.stack.pop()


class Trace:
    """A stopwatch per thread; what was imported, and what asked for it."""

    def __init__(self) -> None:
        self.main = threading.get_ident()
        self.watches: dict[int, Stopwatch] = {self.main: Stopwatch(ELSE)}
        self.asked_for: dict[str, float] = {}

    @property
    def watch(self) -> Stopwatch:
        """The stopwatch of this thread."""
        return self.watches.setdefault(threading.get_ident(), Stopwatch("waiting"))

    def install(self) -> None:
        """Hear of every import from now on, and of the functions that are items."""
        bootstrap: Any = sys.modules["_frozen_importlib"]
        find_and_load = bootstrap._find_and_load

        def traced(name: str, import_: Any) -> Any:
            package = name.partition(".")[0]
            is_own = package in sys.stdlib_module_names
            item = f"import {OWN_LIBRARY if is_own else package}"
            stack = self.watch.stack
            is_first = not any(
                each.startswith("import ") and each != "import orchestration" for each in stack
            )
            began = time.monotonic()
            with self.watch.on(item):
                module = find_and_load(name, import_)
            if is_first and not is_own and package != "orchestration" and self.is_main():
                taken = self.asked_for.get(package, 0.0)
                self.asked_for[package] = taken + time.monotonic() - began
            self._mark(name)
            return module

        bootstrap._find_and_load = traced

    def is_main(self) -> bool:
        """Whether this thread is the one whose time is the run's."""
        return threading.get_ident() == self.main

    def _mark(self, name: str) -> None:
        module = sys.modules.get(name)
        for function, item in FUNCTIONS.get(name, {}).items():
            self._wrap(module, function, item)
        if name in METHODS:
            owner, method, item = METHODS[name]
            self._wrap(getattr(module, owner, None), method, item)
        if name == STEPS[0]:
            self._wrap_steps(getattr(module, STEPS[1], None))

    def _wrap(self, owner: Any, name: str, item: str) -> None:
        original = getattr(owner, name, None)
        if not callable(original) or hasattr(original, "__bench__"):
            return

        @functools.wraps(original)
        def timed(*given: Any, **named: Any) -> Any:
            with self.watch.on(item):
                return original(*given, **named)

        timed.__bench__ = True  # type: ignore[attr-defined]
        setattr(owner, name, timed)

    def _wrap_steps(self, run: Any) -> None:
        original: Callable[..., Any] | None = getattr(run, STEPS[2], None)
        if original is None or hasattr(original, "__bench__"):
            return

        @contextlib.contextmanager
        def timed(given: Any, step: Any) -> Iterator[Any]:
            with self.watch.on(f"step {step}"), original(given, step) as outcome:
                yield outcome

        timed.__bench__ = True  # type: ignore[attr-defined]
        setattr(run, STEPS[2], timed)

    def as_dict(self, started_at: float) -> dict[str, Any]:
        """The items of the main thread, from the start of the process until now."""
        for watch in self.watches.values():
            with watch.on(ELSE):
                pass
        main = self.watches[self.main].items
        beside: dict[str, float] = {}
        for ident, watch in self.watches.items():
            if ident != self.main:
                for item, seconds in watch.items.items():
                    if item not in ("waiting", ELSE):
                        beside[item] = beside.get(item, 0.0) + seconds
        return {
            "items": {"start Python": ENTERED_AT - started_at, **main},
            "beside": beside,
            "asked_for": self.asked_for,
            "ended_at": self.watches[self.main].since,
        }


def main(out: str, *arguments: str) -> None:
    """Run the command line, and write the items to a file whatever becomes of it."""
    trace = Trace()
    trace.watches[trace.main].since = ENTERED_AT
    trace.install()
    try:
        from orchestration.cli import main as leadger

        leadger(args=list(arguments), prog_name="leadger")
    finally:
        content = trace.as_dict(float(os.environ["BENCH_STARTED_AT"]))
        Path(out).write_text(json.dumps(content), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
