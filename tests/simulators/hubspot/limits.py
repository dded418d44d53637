"""HubSpot's request limits: so many in any ten seconds, so many a day, five searches a second."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simulators.hubspot import errors
from simulators.hubspot.settings import Settings

SEARCHES_PER_SECOND = 5


@dataclass
class Window:
    """Requests that a sliding window lets through."""

    seconds: float
    taken: deque[float] = field(default_factory=deque)

    def remaining(self, limit: int, now: float) -> int:
        """How many more it lets through now."""
        while self.taken and self.taken[0] <= now - self.seconds:
            self.taken.popleft()
        return max(0, limit - len(self.taken))

    def wait(self, now: float) -> float:
        """Seconds until the oldest request leaves the window."""
        return max(0.0, self.taken[0] + self.seconds - now) if self.taken else 0.0


class Limits:
    """What a private app may ask; a limit of 0 is none. Refused requests count for nothing."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._burst = Window(10.0)
        self._searches = Window(1.0)
        self._today = 0

    def count(self, *, is_search: bool) -> Mapping[str, str]:
        """Count a request; the headers that tell what is left, which searches do not get.

        Raises:
            RefusalError: a limit is reached.
        """
        now, settings = self._clock(), self._settings
        if settings.requests_per_day and self._today >= settings.requests_per_day:
            raise errors.too_many_requests("DAILY")
        if is_search:
            if not self._searches.remaining(SEARCHES_PER_SECOND, now):
                raise errors.too_many_requests("SECONDLY")
            self._searches.taken.append(now)
        if self._settings.requests_per_ten_seconds and not self._burst.remaining(
            self._settings.requests_per_ten_seconds, now
        ):
            raise errors.too_many_requests("TEN_SECONDLY_ROLLING")
        self._burst.taken.append(now)
        self._today += 1
        return {} if is_search else self.headers()

    def headers(self) -> Mapping[str, str]:
        """What is left, as HubSpot says it."""
        daily = self._settings.requests_per_day
        most = self._settings.requests_per_ten_seconds or 1_000_000
        return {
            "X-HubSpot-RateLimit-Daily": str(daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(
                max(0, self._settings.requests_per_day - self._today)
            ),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(self._burst.remaining(most, self._clock())),
        }

    def retry_after(self) -> Mapping[str, str]:
        """The wait in whole seconds, where the setting asks for that header.

        Contacts' 429 is documented without one; some accounts report it all the same.
        """
        if not self._settings.sends_retry_after:
            return {}
        return {"Retry-After": str(max(1, round(self._burst.wait(self._clock()) + 0.5)))}

    @property
    def used_today(self) -> int:
        """Requests let through since the start, or since the day was ended."""
        return self._today

    def end_day(self) -> None:
        """Midnight: the daily count starts again."""
        self._today = 0
