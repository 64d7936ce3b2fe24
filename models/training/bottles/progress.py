"""A progress bar, on one line."""

from __future__ import annotations

import sys
import time


class Bar:
    """`render [#####.....] 120/400, 12 min left`"""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._first, self._started = what, total, None, time.monotonic()

    def show(self, done: int, note: str = "") -> None:
        """Draw it; what was done before the first call does not count as speed."""
        self._first = done if self._first is None else self._first
        pace = (time.monotonic() - self._started) / max(done - self._first, 1)
        left = f", {pace * (self._total - done) / 60:.0f} min left" if done > self._first else ""
        filled = int(24 * done / max(self._total, 1))
        print(f"\r{self._what} [{'#' * filled}{'.' * (24 - filled)}] {done}/{self._total}{left} {note}   ", end="", file=sys.stderr, flush=True)

    def done(self) -> None:
        print(file=sys.stderr, flush=True)
