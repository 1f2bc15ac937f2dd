"""What a comparison costs beyond reading the runs: made-up sweeps, written by the real recorder.

Three commands are timed, each a process of its own, the median of several: MLflow's own read of the
sweep (its client, with its import), `sandbox compare`, and `sandbox compare --json`; beside them,
within one process, reading and comparing alone, and what is done when a sweep has ended: concluding
and telling MLflow. Beside other work only processor time says
anything: --processor.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.domain import Run, RunStatus, Scalar, Sweep, Tweak, digest

if TYPE_CHECKING:
    from sandbox.flows.context import Context
    from sandbox.recorders import SweepRuns

SANDBOX = str(Path(sys.executable).with_name("sandbox"))
SIZES = (100, 10_000)
KINDS = ("one-at-a-time", "grid of 2", "grid of 4", "random")
TIMES = 3
PROCESSOR = "--processor" in sys.argv
BASELINES = 3
SWEEP = "20261127-120000-beef"
WORKSPACE = "many"

_MLFLOW = """
import sys
import mlflow
client = mlflow.MlflowClient(sys.argv[1])
found = client.get_experiment_by_name(sys.argv[2])
token, count = None, 0
while True:
    page = client.search_runs([found.experiment_id], "", 1, 1000, [], token)
    count, token = count + len(page), page.token
    if not token:
        break
print(count)
"""


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, nargs="*", default=SIZES)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    parser.add_argument("--processor", action="store_true", help="processor time, not the wall's")
    print(
        "| runs | sweep | MLflow's read | sandbox compare | --json | read | compare | conclude "
        "| tell |",
        flush=True,
    )
    print("|--:|---|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    wanted = parser.parse_args()
    for count in wanted.runs:
        for kind in wanted.kinds:
            with tempfile.TemporaryDirectory(prefix="sandbox-reading-") as folder:
                cells = " | ".join(
                    f"{seconds:.2f} s" for seconds in measure(Path(folder), count, kind)
                )
            print(f"| {count:,} | {kind} | {cells} |", flush=True)
    return 0


def measure(folder: Path, count: int, kind: str) -> Iterator[float]:
    """Seconds of each, in the order of the table."""
    from sandbox import api
    from sandbox.flows.results.comparing import of_runs

    home = folder / "home"
    context = api.connect(home, engine="local", environ={}, folder=folder, tell=lambda _line: None)
    uri = _write(context, folder, count, kind)
    os.environ["SANDBOX_HOME"] = str(home)
    yield _median(lambda: _seconds([sys.executable, "-c", _MLFLOW, uri, WORKSPACE]))
    yield _median(lambda: _seconds([SANDBOX, "compare"]))
    yield _median(lambda: _seconds([SANDBOX, "compare", "--json"]))
    from sandbox import recorders

    begun = _clock()
    read = recorders.load_runs(
        uri, experiment=WORKSPACE, sweep_id=SWEEP, schema=context.home.schema
    )
    yield _clock() - begun
    begun = _clock()
    found = of_runs(context, read.sweep, read.runs)
    yield _clock() - begun
    yield from _ending(context, read)
    if sum(len(row.runs) for row in found.rows) != count:
        raise SystemExit(f"{count} runs were written, others read")


def _ending(context: Context, read: SweepRuns) -> Iterator[float]:
    """What the end of a sweep costs, all of its runs being recorded."""
    from sandbox.flows.results.concluding import concluding
    from sandbox.flows.results.recording import open_recorder

    if read.sweep is None:
        raise SystemExit("the sweep was not found")
    recorder = open_recorder(context, WORKSPACE)
    begun = _clock()
    conclusion = concluding(context, WORKSPACE)(read.sweep, read.runs)
    yield _clock() - begun
    begun = _clock()
    recorder.finish(read.sweep, "succeeded", conclusion.findings)
    yield _clock() - begun


def _write(context: Context, folder: Path, count: int, kind: str) -> str:
    from sandbox import api, recorders
    from sandbox.flows.results.recording import open_recorder, tracking_uri

    source = folder / "source"
    source.mkdir()
    (source / "train.py").write_text("LR = 0.1\nprint('loss:', LR)\n")
    api.open_workspace(context, str(source), name=WORKSPACE)
    sweep = Sweep(
        SWEEP,
        WORKSPACE,
        str(source),
        "0" * 40,
        "train.py",
        "e",
        count,
        "sandbox sweep",
        time.time(),
    )
    runs = list(_runs(count, kind))
    recorder = open_recorder(context, WORKSPACE)
    with recorders.Journal(context.home.workspace(WORKSPACE).sweep(SWEEP).journal) as journal:
        journal.sweep(sweep)
        recorder.begin(sweep)
        for at in range(0, count, 500):
            recorder.record_all(sweep, runs[at : at + 500])
        recorder.finish(sweep, "succeeded")
        journal.ended("succeeded")
    return tracking_uri(context)


def _runs(count: int, kind: str) -> Iterator[Run]:
    chance = random.Random(0)  # noqa: S311 - made-up runs, no secrets
    for at in range(count):
        values = _point(at - BASELINES, count - BASELINES, kind, chance)
        loss = 1 + float(values.get("lr", 0.1)) + chance.gauss(0, 0.01)
        metrics = {"loss": loss, "accuracy": 1 / (1 + loss), "f1": 1 / (2 + loss)}
        failed = at >= BASELINES and chance.random() < 0.05
        yield Run(
            variant=digest(values)[:16],
            name=" ".join(f"{name}={value}" for name, value in values.items()) or "baseline",
            status=RunStatus.failed if failed else RunStatus.succeeded,
            cause="MemoryError: no room" if failed else None,
            entry="train.py",
            environment="e",
            commit="0" * 40,
            repeat=at if at < BASELINES else 0,
            parameters=values,
            tweaks=tuple(Tweak(name, value, f"train.py:{name}") for name, value in values.items()),
            metrics={} if failed else metrics,
            scalars=() if failed else tuple(Scalar(name, one, 1) for name, one in metrics.items()),
            started_at=1_795_000_000.0 + at,
            elapsed_s=1.0,
        )


def _point(at: int, count: int, kind: str, chance: random.Random) -> dict[str, str]:
    """The baseline's repeats are below 0."""
    if at < 0:
        return {}
    names = ("lr", "width", "depth", "decay")
    if kind == "one-at-a-time":
        return {names[at % 4]: f"{(at // 4 + 1) / count:.6g}"}
    if kind.startswith("grid"):
        many = int(kind[-1])
        side = math.ceil(count ** (1 / many))
        return {
            name: f"{(at // side**place % side + 1) / side:.6g}"
            for place, name in enumerate(names[:many])
        }
    return {name: f"{chance.random():.6g}" for name in names}


def _median(measured: Callable[[], float]) -> float:
    return statistics.median(measured() for _ in range(TIMES))


def _seconds(words: Sequence[str]) -> float:
    begun = _clock()
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return _clock() - begun


def _clock() -> float:
    """Of the wall, or of the processor with all that was started."""
    if not PROCESSOR:
        return time.perf_counter()
    return sum(os.times()[:4])


if __name__ == "__main__":
    sys.exit(main())
