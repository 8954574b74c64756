"""Ids in Slack's shapes, drawn from one seeded source so that a run can be repeated."""

from __future__ import annotations

import random
import string

UPPER = string.ascii_uppercase + string.digits
ANY = string.ascii_letters + string.digits


class Ids:
    """Draws ids; `last_ts` keeps message timestamps unique and rising."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed) if seed is not None else random.SystemRandom()
        self.last_ts = 0

    def upper(self, prefix: str, length: int = 10) -> str:
        """An id such as `C04QX7B2LMA`."""
        return prefix + self._draw(UPPER, length)

    def secret(self, prefix: str = "", length: int = 24) -> str:
        """Unguessable letters and digits, mixed case."""
        return prefix + self._draw(ANY, length)

    def hexadecimal(self, length: int) -> str:
        return self._draw("0123456789abcdef", length)

    def ts(self, now: float) -> str:
        """A message timestamp `seconds.microseconds`, never given twice."""
        self.last_ts = max(int(now * 1_000_000), self.last_ts + 1)
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"

    def _draw(self, letters: str, length: int) -> str:
        return "".join(self._random.choices(letters, k=length))
