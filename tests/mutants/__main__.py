"""`make mutants`: each bug of the catalogue is put into a copy of the code, and its tests must turn red."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.mutants.mutant import ROOT, Mutant, absent, mutants
from tests.mutants.trial import Judged, Verdict, copy_of, judge, run

SAID = {Verdict.RED: "caught by", Verdict.GREEN: "SURVIVED ", Verdict.BROKEN: "BROKEN   "}


def main(arguments: Sequence[str]) -> int:
    """Try them, print the table, and judge: 0 where every one was caught."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="NUMBER", help="which ones (M-5 …); all, if none is named")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    parser.add_argument("--show", action="store_true", help="show what pytest wrote of those not caught")
    options = parser.parse_args(arguments)
    chosen = [m for m in mutants() if not options.only or m.number in options.only]
    if not chosen:
        parser.error(f"there is no mutant {' or '.join(options.only)}")
    with copy_of(ROOT) as tree:
        if not _sound_without_them(chosen, tree):
            return 1
        judged = _try_all(chosen, tree, options.jobs)
    return _sum_up(chosen, judged, options.show)


def _sound_without_them(chosen: Sequence[Mutant], tree: Path) -> bool:
    """A test that is red anyway would prove nothing."""
    tests = sorted({test for mutant in chosen for test in mutant.tests})
    print(f"{len(chosen)} mutants. First their {len(tests)} tests without any of them …", flush=True)
    first = run(tests, tree)
    if first.verdict is not Verdict.GREEN:
        print(f"error: {first.failed or 'they'} fails without a mutant\n{first.output}", file=sys.stderr)
        return False
    print(f"green, in {first.seconds:.0f} s\n", flush=True)
    return True


def _try_all(chosen: Sequence[Mutant], tree: Path, jobs: int) -> dict[str, Judged]:
    judged: dict[str, Judged] = {}
    with ThreadPoolExecutor(jobs) as pool:
        trials = {pool.submit(judge, mutant, tree): mutant for mutant in chosen}
        for trial in as_completed(trials):
            mutant, result = trials[trial], trial.result()
            judged[mutant.number] = result
            place = f"[{len(judged):>{len(str(len(chosen)))}}/{len(chosen)}]"
            by = f" {_short(result.failed)} ({result.seconds:.1f} s)" if result.failed else ""
            print(f"{place} {mutant.number:<6} {mutant.bug:<66} {SAID[result.verdict]}{by}", flush=True)
    return judged


def _sum_up(chosen: Sequence[Mutant], judged: dict[str, Judged], show: bool) -> int:
    alive = [m for m in chosen if judged[m.number].verdict is not Verdict.RED]
    for mutant in alive:
        result = judged[mutant.number]
        print(f"\n{SAID[result.verdict].strip()}: {mutant.number}, {mutant.bug}; {', '.join(mutant.tests)}")
        if show or result.verdict is Verdict.BROKEN:
            print(result.output)
    print()
    for number, why in absent().items():
        print(f"not there to be broken: {number}, {why}")
    print(f"\n{'ok' if not alive else 'wrong'}: {len(chosen) - len(alive)} of {len(chosen)} mutants caught")
    return 1 if alive else 0


def _short(test: str | None) -> str:
    return (test or "").removeprefix("tests/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
