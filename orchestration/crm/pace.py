"""Rate limits: no more requests in a window than the CRM allows, and waits between tries."""

from __future__ import annotations

import math
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock


@dataclass
class Pace:
    """Lets at most `requests` begin in any window of `seconds`, from however many threads."""

    requests: int
    seconds: float = 10.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _begun: deque[float] = field(default_factory=deque)
    """When the last requests began, or may begin."""
    _lock: Lock = field(default_factory=Lock)

    def allow(self, requests: int) -> None:
        """No more than so many from now on: what the CRM itself says it allows."""
        self.requests = min(self.requests, max(1, requests))

    def wait(self) -> None:
        """Return as soon as another request may begin."""
        with self._lock:
            now = begins = self.clock()
            while len(self._begun) >= self.requests:
                begins = max(now, self._begun.popleft() + self.seconds)
            self._begun.append(begins)
        if begins > now:
            self.sleep(begins - now)


def retry_after(said: str | None, *, most: float = 300.0) -> float | None:
    """Seconds that a `Retry-After` asks for, bounded: a number, or the date of HTTP; None if none.

    Follows RFC 9110, section 10.2.3.
    """
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:
        try:
            until = parsedate_to_datetime(said)
        except ValueError:
            return None
        if until.tzinfo is None:
            until = until.replace(tzinfo=UTC)
        seconds = (until - datetime.now(UTC)).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), most)


def backoff(attempt: int, *, first: float = 0.5, most: float = 30.0) -> float:
    """Seconds to wait before try number `attempt` + 1: doubling, with jitter, bounded."""
    longest = min(most, first * 2.0 ** (attempt - 1))
    return longest * random.uniform(0.5, 1.0)
