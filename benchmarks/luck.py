"""How often comparisons err: sweeps made up with and without effects, compared as real ones are.

False alarms: of sweeps in which nothing mattered, how many show any variant as better or worse.
Power: of variants that are better, how many are shown as such.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.comparing import compare
from sandbox.domain import Run, RunStatus, Tweak

Draw = Callable[[random.Random], float]

SPREAD = 0.01
MEAN = 0.9
MOST_ALARMS = 0.05


@dataclass(frozen=True)
class Design:
    """A kind of sweep.

    Attributes:
        base: repeats of the baseline; the others have `each`.
        wild: how many variants have a spread five times as large.
        digits: behind the point, that a metric is printed with; None = all of them.
    """

    name: str
    base: int
    each: int
    variants: int
    draw: Draw
    wild: int = 0
    digits: int | None = None


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
    Design("--repeats 3, two variants five times as unsteady", 3, 3, 10, normal, 2),
    Design("--repeats 3, skewed", 3, 3, 10, skewed),
    Design("--repeats 3, outliers", 3, 3, 10, heavy),
    Design("baseline 3 times, skewed", 3, 1, 10, skewed),
    Design("baseline 3 times, outliers", 3, 1, 10, heavy),
    Design("baseline 3 times, printed in steps of one spread", 3, 1, 10, normal, digits=2),
    Design("baseline 10 times, printed in steps of one spread", 10, 1, 10, normal, digits=2),
    Design("--repeats 3, printed in steps of one spread", 3, 3, 10, normal, digits=2),
    Design("baseline 3 times, printed in steps of ten spreads", 3, 1, 10, normal, digits=1),
)


def sweep(design: Design, chance: random.Random, effect: float = 0.0) -> list[Run]:
    """Runs of one sweep; the first variant is better by `effect` spreads, the others do nothing."""
    runs = [
        _run({}, repeat, _printed(design, MEAN + SPREAD * design.draw(chance)))
        for repeat in range(design.base)
    ]
    for at in range(design.variants):
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
    """By variant."""
    found = compare(sweep(design, chance, effect), directions={"accuracy": "max"})
    return {one.tweak: one.verdict for one in found.effects}


def false_alarms(design: Design, times: int, seed: int = 0) -> float:
    """Of sweeps without any effect, the share that shows one."""
    chance = random.Random(seed)  # noqa: S311 - made-up runs, no secrets
    found = (set(verdicts(design, chance).values()) for _ in range(times))
    return sum(not one <= {"luck", "same"} for one in found) / times


def power(design: Design, effect: float, times: int, seed: int = 1) -> float:
    """Of sweeps with one effect of so many spreads, the share that shows just that one."""
    chance = random.Random(seed)  # noqa: S311 - made-up runs, no secrets
    return sum(verdicts(design, chance, effect)["x=0"] == "better" for _ in range(times)) / times


def table(times: int) -> Iterator[tuple[str, float]]:
    """Lines of a table, each with the share of false alarms that it tells of."""
    effects = (2.0, 4.0, 8.0, 16.0)
    heads = " | ".join(f"power, {effect:g} spreads" for effect in effects)
    yield f"| sweep of 10 variants | false alarms | {heads} |", 0.0
    yield f"|---|--:|{'--:|' * len(effects)}", 0.0
    for design in DESIGNS:
        alarms = false_alarms(design, times)
        seen = " | ".join(f"{power(design, effect, times):.0%}" for effect in effects)
        yield f"| {design.name} | {alarms:.1%} | {seen} |", alarms


def main() -> int:
    """Print the table; 1 where false alarms are more than luck allows beside one in twenty."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=1000)
    times = parser.parse_args().times
    worst = 0.0
    for line, alarms in table(times):
        print(line, flush=True)
        worst = max(worst, alarms)
    allowed = MOST_ALARMS + 2.6 * math.sqrt(MOST_ALARMS * (1 - MOST_ALARMS) / times)
    print(f"\n{times} sweeps each; false alarms above {allowed:.1%} would be more than chance")
    return 0 if worst <= allowed else 1


if __name__ == "__main__":
    sys.exit(main())
