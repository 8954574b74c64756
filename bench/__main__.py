"""`make bench`: every benchmark there is, each beside something named."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench import create, dialects, listing, slack, waiters
from bench.load import NotAllGood, not_comparable

BENCHMARKS = {
    "create": create.run,
    "dialects": dialects.run,
    "listing": listing.run,
    "slack": slack.run,
    "waiters": waiters.run,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and judge: 0 where everything that was measured holds."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "only", nargs="*", choices=[*BENCHMARKS, []], help="which ones; all, if none is named"
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="how long one run takes")
    parser.add_argument("--rounds", type=int, default=3, help="how often each thing is measured")
    options = parser.parse_args(arguments)
    why = not_comparable()
    if why is not None:
        print(f"not comparable: {why}", file=sys.stderr)
        return 1
    try:
        chosen = options.only or BENCHMARKS
        held = [BENCHMARKS[name](options.rounds, options.seconds) for name in chosen]
    except NotAllGood as error:
        print(f"not comparable: {error}", file=sys.stderr)
        return 1
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
