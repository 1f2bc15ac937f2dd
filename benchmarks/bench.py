"""Measure the figures that the product promises, and print them beside the promise and its peers.

Everything goes through the command line and the API, as a user's work would, in a home of its own
that is removed afterwards. Needs an engine (`make engine`); a loaded machine shows in the figures.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import beside, sweeps
from sandbox.domain import EntryKind, Run, RunStatus, Scalar, Sweep
from sandbox.interfaces import SessionSpec, Work

SANDBOX = str(Path(sys.executable).with_name("sandbox"))
MIB = 2**20
RECORDED = 50
VALUES = ",".join(str(number / 10) for number in range(1, 201))


@dataclass(frozen=True)
class Figure:
    """One line of the table: what is promised, and how it is measured in a given home."""

    name: str
    promised: float
    unit: str
    measure: Callable[[Path], float]


def main() -> int:
    """Print the table; 1 where a figure could not be measured."""
    status = 0
    print(f"{'figure':<52}{'promised':>10}{'measured':>10}")
    with tempfile.TemporaryDirectory(prefix="sandbox-bench-") as folder:
        for figure in FIGURES:
            try:
                measured = f"{figure.measure(Path(folder)):.4g}"
            except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
                measured, status = "-", 1
                print(f"{figure.name}: {error}", file=sys.stderr)
            print(
                f"{figure.name:<52}{figure.promised:>7g} {figure.unit:<3}{measured:>9}", flush=True
            )
        status = max(status, _beside_peers(Path(folder) / "beside"))
        for line in sweeps.compare(Path(folder) / "sweeps", _tell):
            print(line, flush=True)
        return status


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _beside_peers(place: Path) -> int:
    """The second table; 1 where our own figures could not be measured."""
    place.mkdir()
    measured = beside.compare(place, _tell)
    print("", *beside.lines(measured), sep="\n")
    return 0 if "sandbox" in measured else 1


def help_s(home: Path) -> float:
    """Median of seven, with warm files."""
    return statistics.median(_seconds(home, "--help") for _ in range(7))


def second_build_s(home: Path) -> float:
    """Median of three after a first one that is not counted."""
    _seconds(home, "build", "digits")
    return statistics.median(_seconds(home, "build", "digits") for _ in range(3))


def first_cell_s(home: Path) -> float:
    """From asking for a session on a built environment to the first output; median of five."""
    from sandbox import api

    context = api.connect(home, environ=_environ(home))
    build = api.build(context, "digits").built.build
    spec = SessionSpec(build.base, build.python, limits=context.settings.limits)

    def once() -> float:
        started = time.perf_counter()
        with context.engine.open_session(spec) as session:
            execution = session.begin(_empty_work())
            next(execution.run_cell(0, "print(1)"))
            elapsed = time.perf_counter() - started
            execution.finish()
        return elapsed

    return statistics.median(once() for _ in range(5))


def recording_ms(home: Path) -> float:
    """Per run of twenty scalars with notebook, page and log, into SQLite; the store is warm."""
    from sandbox.recorders import MlflowRecorder

    recorder = MlflowRecorder(
        f"sqlite:///{home}/bench.db",
        home / "bench-artifacts",
        experiment="bench",
        lock=home / "bench.lock",
    )
    sweep = _sweep()
    recorder.begin(sweep)
    runs = [_run(home, number) for number in range(RECORDED + 1)]
    recorder.record(sweep, runs.pop())
    started = time.perf_counter()
    for run in runs:
        recorder.record(sweep, run)
    return (time.perf_counter() - started) / RECORDED * 1000


def sweep_memory_mib(home: Path) -> float:
    """Peak resident memory of the host's process (and of the largest it started), 200 variants."""
    command = [SANDBOX, "sweep", "digits", "-p", f"C={VALUES}"]
    with (home / "sweep.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, env=_environ(home), stdout=log, stderr=log)
        try:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            process.send_signal(signal.SIGINT)  # it removes its containers then
            process.wait()
            raise
        if process.returncode != 0:
            log.seek(0)
            message = f"sandbox sweep ended with {process.returncode}: {log.read()[-500:]}"
            raise RuntimeError(message)
    return usage.ru_maxrss * 1024 / MIB


def _seconds(home: Path, *words: str) -> float:
    started = time.perf_counter()
    subprocess.run([SANDBOX, *words], env=_environ(home), check=True, capture_output=True)
    return time.perf_counter() - started


def _environ(home: Path) -> Mapping[str, str]:
    return {**beside.usual_environ(), "SANDBOX_HOME": str(home)}


def _empty_work() -> Work:
    def nothing() -> Iterator[bytes]:
        yield bytes(10240)  # the end of a tar stream, and nothing before it

    return Work(tree="0" * 40, open_tree=nothing, kind=EntryKind.notebook, path="bench.ipynb")


def _sweep() -> Sweep:
    return Sweep(
        id="20260101-000000-bench",
        workspace="bench",
        repo="bench",
        commit="0" * 40,
        entry="train.py",
        environment="0" * 16,
        variants=RECORDED + 1,
        command="make bench",
        started_at=time.time(),
    )


def _run(home: Path, number: int) -> Run:
    folder = home / "bench-runs" / str(number)
    folder.mkdir(parents=True)
    artifacts = {}
    for name, size in {"notebook.ipynb": 20_000, "notebook.html": 60_000, "log.txt": 2_000}.items():
        (folder / name).write_text("x" * size)
        artifacts[name] = str(folder / name)
    return Run(
        variant=f"{number:016x}",
        name=f"C={number}",
        status=RunStatus.succeeded,
        entry="train.py",
        environment="0" * 16,
        commit="0" * 40,
        parameters={"C": str(number), "gamma": "0.001"},
        metrics={"loss": 1.0},
        scalars=tuple(Scalar("loss", 1 / (step + 1), step=step) for step in range(20)),
        started_at=time.time(),
        elapsed_s=1.0,
        artifacts=artifacts,
    )


FIGURES = (
    Figure("sandbox --help", 0.3, "s", help_s),
    Figure("second build of an unchanged workspace", 0.5, "s", second_build_s),
    Figure("session start to first cell, environment built", 2, "s", first_cell_s),
    Figure("recording, per run", 30, "ms", recording_ms),
    Figure("host memory during a sweep of 200 variants", 400, "MiB", sweep_memory_mib),
)


if __name__ == "__main__":
    sys.exit(main())
