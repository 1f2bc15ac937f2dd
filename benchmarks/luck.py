"""How often comparisons err: sweeps made up with and without effects, compared as real ones are.

False alarms: of sweeps in which nothing mattered, how many show any variant as better or worse.
Power: of variants that are better, how many are shown as such.

There are kinds of sweep in which no test of the runs can keep its promise: how often it errs there
is told in a second table. `docs/comparing.md` says why, and what mends it.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sandbox.comparing import compare
from sandbox.domain import Run, RunStatus, Tweak

Draw = Callable[[random.Random], float]

SPREAD = 0.01
MEAN = 0.9
MOST_ALARMS = 0.05
QUIET = frozenset(("luck", "same"))


@dataclass(frozen=True)
class Design:
    """A kind of sweep.

    Attributes:
        base: repeats of the baseline; the others have `each`.
        wild: how many variants have a spread five times as large.
        unsteady_base: the baseline's spread is five times as large.
        digits: behind the point, that a metric is printed with; None = all of them.
        again: what stood out is run once more, with `--repeats 3`, and has to stand out again.
        keeps: whether what the tests take for granted is so.
    """

    name: str
    base: int
    each: int
    variants: int
    draw: Draw
    wild: int = 0
    unsteady_base: bool = False
    digits: int | None = None
    again: bool = False
    keeps: bool = True


def normal(chance: random.Random) -> float:
    """Of mean 0 and spread 1, as all of them."""
    return chance.gauss(0.0, 1.0)


def skewed(chance: random.Random) -> float:
    """As times and losses are: log-normal, of mean 0 and spread 1."""
    shape = 0.5
    mean, square = math.exp(shape**2 / 2), math.exp(shape**2)
    return (chance.lognormvariate(0.0, shape) - mean) / (mean * math.sqrt(square - 1))


def heavy(chance: random.Random) -> float:
    """With outliers: Student's t of 5 degrees, of spread 1."""
    t = chance.gauss(0.0, 1.0) / math.sqrt(chance.gammavariate(2.5, 2.0) / 5)
    return t / math.sqrt(5 / 3)


DESIGNS = (
    Design("as sweeps are by default: baseline 3 times", 3, 1, 10, normal),
    Design("the same, 100 variants", 3, 1, 100, normal),
    Design("baseline 5 times", 5, 1, 10, normal),
    Design("baseline 10 times", 10, 1, 10, normal),
    Design("--repeats 2", 2, 2, 10, normal),
    Design("--repeats 3", 3, 3, 10, normal),
    Design("--repeats 5", 5, 5, 10, normal),
    Design("--repeats 3, skewed", 3, 3, 10, skewed),
    Design("--repeats 3, outliers", 3, 3, 10, heavy),
    Design("--repeats 5, two variants five times as unsteady", 5, 5, 10, normal, 2),
    Design("baseline 3 times, printed in steps of one spread", 3, 1, 10, normal, digits=2),
    Design("baseline 10 times, printed in steps of one spread", 10, 1, 10, normal, digits=2),
    Design("--repeats 3, printed in steps of one spread", 3, 3, 10, normal, digits=2),
    Design("baseline 3 times, printed in steps of ten spreads", 3, 1, 10, normal, digits=1),
    Design("baseline 3 times, then --repeats 3", 3, 1, 10, normal, again=True),
    Design("baseline 3 times, then --repeats 3, skewed", 3, 1, 10, skewed, again=True),
    Design("baseline 3 times, then --repeats 3, outliers", 3, 1, 10, heavy, again=True),
    Design("baseline 10 times, then --repeats 3, skewed", 10, 1, 10, skewed, again=True),
    Design("baseline 10 times, then --repeats 3, outliers", 10, 1, 10, heavy, again=True),
    Design("baseline 3 times, skewed", 3, 1, 10, skewed, keeps=False),
    Design("baseline 3 times, outliers", 3, 1, 10, heavy, keeps=False),
    Design("the same, 100 variants", 3, 1, 100, heavy, keeps=False),
    Design("baseline 10 times, skewed", 10, 1, 10, skewed, keeps=False),
    Design("baseline 10 times, outliers", 10, 1, 10, heavy, keeps=False),
    Design("--repeats 2, two variants five times as unsteady", 2, 2, 10, normal, 2, keeps=False),
    Design("--repeats 3, two variants five times as unsteady", 3, 3, 10, normal, 2, keeps=False),
    Design(
        "--repeats 3, the baseline five times as unsteady",
        3,
        3,
        10,
        normal,
        unsteady_base=True,
        keeps=False,
    ),
)


def sweep(
    design: Design, chance: random.Random, effect: float = 0.0, only: Collection[str] | None = None
) -> list[Run]:
    """Runs of one sweep; the first variant is better by `effect` spreads, the others do nothing."""
    own = SPREAD * (5 if design.unsteady_base else 1)
    runs = [
        _run({}, repeat, _printed(design, MEAN + own * design.draw(chance)))
        for repeat in range(design.base)
    ]
    for at in range(design.variants):
        if only is not None and f"x={at}" not in only:
            continue
        spread = SPREAD * (5 if at >= design.variants - design.wild else 1)
        moved = MEAN + (SPREAD * effect if not at else 0.0)
        runs += [
            _run({"x": str(at)}, repeat, _printed(design, moved + spread * design.draw(chance)))
            for repeat in range(design.each)
        ]
    return runs


def _printed(design: Design, value: float) -> float:
    return value if design.digits is None else round(value, design.digits)


def _run(tweaks: dict[str, str], repeat: int, value: float) -> Run:
    name = " ".join(f"{key}={text}" for key, text in tweaks.items()) or "baseline"
    return Run(
        variant=name,
        name=name,
        status=RunStatus.succeeded,
        entry="train.py",
        environment="e",
        commit="c",
        repeat=repeat,
        tweaks=tuple(Tweak(key, text) for key, text in tweaks.items()),
        metrics={"accuracy": value},
    )


def verdicts(design: Design, chance: random.Random, effect: float = 0.0) -> dict[str, str]:
    """By variant; of what was run again, where both times agree."""
    first = _verdicts(sweep(design, chance, effect))
    claimed = [name for name, verdict in first.items() if verdict not in QUIET]
    if not design.again or not claimed:
        return first
    repeated = replace(design, base=3, each=3)
    second = _verdicts(sweep(repeated, chance, effect, claimed))
    return {
        name: told if second.get(name, told) == told else "luck" for name, told in first.items()
    }


def _verdicts(runs: Sequence[Run]) -> dict[str, str]:
    found = compare(runs, directions={"accuracy": "max"})
    return {one.tweak: one.verdict for one in found.effects}


def false_alarms(design: Design, times: int, seed: int = 0) -> float:
    """Of sweeps without any effect, the share that shows one."""
    chance = random.Random(seed)  # noqa: S311 - made-up runs, no secrets
    found = (set(verdicts(design, chance).values()) for _ in range(times))
    return sum(not one <= QUIET for one in found) / times


def power(design: Design, effect: float, times: int, seed: int = 1) -> float:
    """Of sweeps with one effect of so many spreads, the share that shows just that one."""
    chance = random.Random(seed)  # noqa: S311 - made-up runs, no secrets
    return sum(verdicts(design, chance, effect)["x=0"] == "better" for _ in range(times)) / times


def table(designs: Iterable[Design], times: int) -> Iterator[tuple[str, float]]:
    """Lines of a table, each with the share of false alarms that it tells of."""
    effects = (2.0, 4.0, 8.0, 16.0)
    heads = " | ".join(f"power, {effect:g} spreads" for effect in effects)
    yield f"| sweep of 10 variants | false alarms | {heads} |", 0.0
    yield f"|---|--:|{'--:|' * len(effects)}", 0.0
    for design in designs:
        alarms = false_alarms(design, times)
        seen = " | ".join(f"{power(design, effect, times):.0%}" for effect in effects)
        yield f"| {design.name} | {alarms:.1%} | {seen} |", alarms


def main() -> int:
    """Print both; 1 where false alarms are more than luck allows beside one in twenty.

    That is promised where what the tests take for granted is so: of the first table.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=1000)
    times = parser.parse_args().times
    worst = 0.0
    for line, alarms in table([one for one in DESIGNS if one.keeps], times):
        print(line, flush=True)
        worst = max(worst, alarms)
    print("\nWhere what the tests take for granted is not so, one in twenty is not promised:\n")
    for line, _ in table([one for one in DESIGNS if not one.keeps], times):
        print(line, flush=True)
    allowed = MOST_ALARMS + 2.6 * math.sqrt(MOST_ALARMS * (1 - MOST_ALARMS) / times)
    print(
        f"\n{times} sweeps each; in the first table false alarms above {allowed:.1%} would be more "
        f"than chance, and the most were {worst:.1%}"
    )
    return 0 if worst <= allowed else 1


if __name__ == "__main__":
    sys.exit(main())
