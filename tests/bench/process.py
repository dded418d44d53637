"""One command in a fresh process, and what it took: time, memory and room on the disk."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLED_EVERY = 0.1
PROJECT = Path(__file__).resolve().parents[2]
TESTS = PROJECT / "tests"
"""Where this package is imported from."""


@dataclass(frozen=True)
class Usage:
    """What a process took.

    Memory is the largest resident set of any one process of it (`ru_maxrss` of `wait4`); it never
    reads less than what this harness itself had in memory when it started it. Room on the disk is
    sampled ten times a second. A server's memory and processor time are not in it.
    """

    exit_code: int
    wall_seconds: float
    cpu_user_seconds: float
    cpu_system_seconds: float
    peak_memory_bytes: int
    peak_spill_bytes: int
    began: float
    """When it was started, by the monotonic clock, which all processes of a machine share."""
    ended: float

    @property
    def cpu_seconds(self) -> float:
        """Processor time, over all cores."""
        return self.cpu_user_seconds + self.cpu_system_seconds


@dataclass(frozen=True)
class Glimpse:
    """A process while it works."""

    seconds: float
    memory_bytes: int
    spill_bytes: int
    last_line: str


def run_measured(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str | None] | None = None,
    spill: Sequence[Path] = (),
    watch: Callable[[Glimpse], None] = lambda glimpse: None,
) -> Usage:
    """Run a command to its end and measure it; it dies with us.

    Args:
        command: program and arguments.
        log: file that takes what it prints.
        environment: variables to set, or with None to leave out, on top of our own.
        spill: files and folders that hold what does not fit into memory.
        watch: hears how it stands, ten times a second, in a thread of its own.
    """
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    variables = {**os.environ, "PYTHONPATH": path, **(environment or {})}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=PROJECT,
            env={
                **{name: value for name, value in variables.items() if value is not None},
                "BENCH_STARTED_AT": repr(began),
            },
        )
        sampler = _Sampler(process.pid, began, log, spill, watch)
        sampler.start()
        try:
            _, status, taken = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            ended = time.monotonic()
            sampler.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(
        exit_code=process.returncode,
        wall_seconds=ended - began,
        cpu_user_seconds=taken.ru_utime,
        cpu_system_seconds=taken.ru_stime,
        peak_memory_bytes=_bytes_of(taken),
        peak_spill_bytes=sampler.peak_spill,
        began=began,
        ended=ended,
    )


def own_memory_bytes() -> int:
    """The most this very process has had in memory: below it no child can be told apart."""
    return _bytes_of(resource.getrusage(resource.RUSAGE_SELF))


def bytes_in(*places: Path) -> int:
    """Size of files, and of everything in folders; what vanishes meanwhile counts nothing."""
    total = 0
    for place in places:
        try:
            if place.is_dir():
                total += bytes_in(*place.iterdir())
            else:
                total += place.stat().st_size
        except OSError:
            continue
    return total


def _bytes_of(usage: resource.struct_rusage) -> int:
    return usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024


class _Sampler(threading.Thread):
    def __init__(
        self,
        pid: int,
        began: float,
        log: Path,
        spill: Sequence[Path],
        watch: Callable[[Glimpse], None],
    ) -> None:
        super().__init__(name="sampler", daemon=True)
        self.pid, self.began, self.log, self.spill, self.watch = pid, began, log, spill, watch
        self.peak_spill = 0
        self._is_over = threading.Event()

    def run(self) -> None:
        while not self._is_over.wait(SAMPLED_EVERY):
            spilt = bytes_in(*self.spill)
            self.peak_spill = max(self.peak_spill, spilt)
            seconds = time.monotonic() - self.began
            self.watch(Glimpse(seconds, self._memory(), spilt, _last_line(self.log)))

    def stop(self) -> None:
        self._is_over.set()
        self.join()

    def _memory(self) -> int:
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError, ValueError):
            return 0
        return pages * resource.getpagesize()


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 2_000))
            lines = file.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
