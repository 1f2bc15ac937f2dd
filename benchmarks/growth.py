"""A sweep of very many variants: what a late one costs beside an early one, and the host's memory.

The notebook is plain Python and does next to nothing, so that what is measured is ours. Everything
goes through the command line, in a home of its own that is removed afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SANDBOX = str(Path(sys.executable).with_name("sandbox"))
FIRST = 100
WINDOW = 500
"""Variants over which a cost is averaged."""

_FINISHED = re.compile(r"^\[(\d+)/")


@dataclass(frozen=True)
class Moment:
    """So many are finished by now.

    Attributes:
        memory_bytes: resident, of the command's own process.
    """

    finished: int
    at_s: float
    cpu_s: float
    memory_bytes: int


def main() -> int:
    """Print the tables; 1 where not every run is there at the end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="sandbox-growth-") as folder:
        os.environ["SANDBOX_HOME"] = str(Path(folder, "home"))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        target = Path(folder, "many")
        _write(target)
        begun = time.monotonic()
        moments = list(_sweep(target, runs))
        ended_s = time.monotonic() - begun
        for line in _table(moments):
            print(line, flush=True)
        print(f"| recorded after the last variant | {begun + ended_s - moments[-1].at_s:.1f} s |")
        return _compare(runs)


def _write(folder: Path) -> None:
    folder.mkdir()
    sources = ("total = sum(range(1000))", "value = 0", 'print("loss:", total / (1 + value))')
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "source": source,
            "metadata": {"tags": ["parameters"]} if source.startswith("value") else {},
            "outputs": [],
            "execution_count": None,
        }
        for source in sources
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (folder / "work.ipynb").write_text(json.dumps(notebook))


def _sweep(target: Path, runs: int) -> Iterator[Moment]:
    """What stood at each line that told of a finished run."""
    values = ",".join(str(number + 1) for number in range(runs - 1))
    words = ("sweep", target, "work.ipynb", "-p", f"value={values}", "--jobs", "2")
    last = ""
    with subprocess.Popen(
        [SANDBOX, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        for line in command.stderr or ():
            if found := _FINISHED.match(line):
                yield _moment(command.pid, int(found[1]))
            last = line
    if command.returncode:
        raise SystemExit(f"the sweep ended with {command.returncode}: {last}")


def _moment(pid: int, finished: int) -> Moment:
    fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    pages = int(fields[21])
    return Moment(
        finished,
        time.monotonic(),
        sum(map(int, fields[11:13])) / ticks,
        pages * os.sysconf("SC_PAGE_SIZE"),
    )


def _table(moments: list[Moment]) -> Iterator[str]:
    yield "| finished | ms a variant | to the first | host's processor, ms | host's memory, MiB |"
    yield "|--:|--:|--:|--:|--:|"
    wanted = (FIRST, 1000, 2000, 5000, len(moments) - WINDOW)
    first = None
    for start in sorted({one for one in wanted if one + WINDOW <= len(moments)}):
        begin, end = moments[start], moments[start + WINDOW - 1]
        each_s = (end.at_s - begin.at_s) / (end.finished - begin.finished)
        host_s = (end.cpu_s - begin.cpu_s) / (end.finished - begin.finished)
        first = first or each_s
        memory = end.memory_bytes / 2**20
        cost = f"{each_s * 1000:.1f} | {each_s / first:.2f} | {host_s * 1000:.1f}"
        yield f"| {start} to {start + WINDOW} | {cost} | {memory:.0f} |"


def _compare(runs: int) -> int:
    """Whether all are there to be compared, and how long that takes."""
    begun = time.monotonic()
    done = subprocess.run(
        [SANDBOX, "compare", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    print(f"| sandbox compare --json | {time.monotonic() - begun:.1f} s |")
    begun = time.monotonic()
    subprocess.run([SANDBOX, "compare"], stdout=subprocess.DEVNULL, check=True)
    print(f"| sandbox compare | {time.monotonic() - begun:.1f} s |")
    found = len(json.loads(done.stdout)["rows"])
    print(f"| runs compared | {found} |")
    return 0 if found == runs else 1


if __name__ == "__main__":
    sys.exit(main())
