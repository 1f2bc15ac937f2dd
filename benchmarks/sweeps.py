"""Sweeps beside their peers: the same work, the same machine, in the same run, one after the other.

Each peer lives in a virtual environment of its own. All vary one number of a program. What differs
from one variant to the next is timed by itself, in fresh processes, in the same run: that, spread
over the jobs, is the bound.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.beside import Unavailable, timed
from sandbox import recorders
from sandbox.paths import Home

SANDBOX = str(Path(sys.executable).with_name("sandbox"))
JOBS = 2

DIGITS = """\
import os
os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import f1_score
x, y = load_digits(return_X_y=True)
x = StandardScaler().fit_transform(x)
train_x, test_x, train_y, test_y = train_test_split(x, y, random_state=0)
"""
DIGITS_FIT = """\
model = RidgeClassifier(alpha=value).fit(train_x, train_y)
print("train_accuracy:", model.score(train_x, train_y))
guess = model.predict(test_x)
print("accuracy:", (guess == test_y).mean())
print("f1:", f1_score(test_y, guess, average="macro"))
"""
TORCH = """\
import torch
import torch._dynamo  # or the first optimizer does it, which takes seconds
torch.set_num_threads(1)
torch.manual_seed(0)
x = torch.randn(512, 64)
y = x[:, :1] * 2
"""
TORCH_FIT = """\
import time
model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=value / 10000)
end = time.process_time() + 1
while time.process_time() < end:
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
print("loss:", float(loss))
"""
LONG = "import time\n"
LONG_FIT = """\
end = time.process_time() + 20
total = 0
while time.process_time() < end:
    total += sum(range(10000)) * value
print("loss:", 1 / (1 + total))
"""


@dataclass(frozen=True)
class Job:
    """What is varied.

    Attributes:
        shared, own: source that all variants have in common, and that uses `value`.
        variants: how many ours runs; `few`, how many a peer does.
    """

    name: str
    shared: str
    own: str
    packages: tuple[str, ...]
    variants: int
    few: int

    def write(self, folder: Path) -> None:
        """As a notebook and as a script with an option, with what they need."""
        cells = [_cell(self.shared), _cell("value = 1.0", "parameters"), _cell(self.own)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}}
        notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 4}
        folder.mkdir(parents=True)
        (folder / "work.ipynb").write_text(json.dumps(notebook))
        parse = (
            "import argparse\nparser = argparse.ArgumentParser()\n"
            'parser.add_argument("--value", type=float, default=1.0)\n'
            "value = parser.parse_args().value\n"
        )
        (folder / "work.py").write_text(self.shared + parse + self.own)
        (folder / "requirements.txt").write_text("\n".join(self.packages) + "\n")


def _cell(source: str, *tags: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {"tags": list(tags)},
        "outputs": [],
        "execution_count": None,
    }


WORKS = (
    Job("digits", DIGITS, DIGITS_FIT, ("numpy", "scikit-learn"), 200, 3),
    Job("torch, 1 s", TORCH, TORCH_FIT, ("numpy", "torch"), 16, 2),
    Job("long, 20 s", LONG, LONG_FIT, (), 4, 1),
)


@dataclass(frozen=True)
class Bench:
    """One Job in a folder of its own, its peers' environments beside it."""

    job: Job
    place: Path

    @property
    def folder(self) -> Path:
        return self.place / "work"

    def values(self, count: int) -> list[str]:
        return [str(number + 2) for number in range(count)]

    def tool(self, *packages: str) -> Path:
        """The `bin` of a virtual environment with these and what the job needs."""
        folder = self.place / f"env-{packages[0] if packages else 'python'}"
        if not folder.exists():
            timed((sys.executable, "-m", "venv", folder))
            pip = (folder / "bin" / "python", "-m", "pip", "install", "--quiet")
            wanted = [*packages, *self.job.packages]
            if wanted:
                timed((*pip, *wanted))
        return folder / "bin"


Seconds = list[float]
"""Of each variant, start and everything included."""


def ours(entry: str) -> Callable[[Bench], Iterator[tuple[str, Seconds]]]:
    """The whole command, and what a variant takes once a tenth of them is done.

    In a home that is in use: a sweep of few values came before, as environments are made before.
    """

    def measure(bench: Bench) -> Iterator[tuple[str, Seconds]]:
        home = bench.place / "home"
        environ = {"SANDBOX_HOME": str(home)}
        target = bench.place / f"ours-{Path(entry).suffix[1:]}"
        if not target.exists():
            shutil.copytree(bench.folder, target)
            few = ",".join(bench.values(bench.job.few))
            timed((SANDBOX, "sweep", target, entry, "-p", f"value={few}"), **environ)
        values = ",".join(bench.values(bench.job.variants))
        words = ("sweep", target, entry, "-p", f"value={values}", "--jobs", str(JOBS), "--again")
        elapsed, _ = timed((SANDBOX, *words), **environ)
        yield f"sandbox {Path(entry).suffix}", [elapsed / (bench.job.variants + 1)]
        journals = Home(home).workspace(target.name).sweeps.glob("*/journal.jsonl")
        yield f"sandbox {Path(entry).suffix}, steady", [_steady_s(max(journals))]

    return measure


def _steady_s(journal: Path) -> float:
    """Per variant, between the end of the first tenth and the end of the last."""
    runs = recorders.load(journal).runs
    ends = sorted(run.started_at + run.elapsed_s - run.shared_s for run in runs)
    first = max(len(ends) // 10, JOBS)
    return (ends[-1] - ends[first]) / (len(ends) - 1 - first)


def own_part(bench: Bench) -> Iterator[tuple[str, Seconds]]:
    """What differs between variants and nothing else, the first time in a fresh process."""
    timing = (
        "import sys, time\n"
        "names = {'value': float(sys.argv[1])}\n"
        "exec(compile(sys.argv[2], 'shared', 'exec'), names)\n"
        "own = compile(sys.argv[3], 'own', 'exec')\n"
        "begun = time.perf_counter()\n"
        "exec(own, names)\n"
        "print(time.perf_counter() - begun)\n"
    )
    words = (bench.tool() / "python", "-c", timing)
    sources = (bench.job.shared, bench.job.own)
    said = [timed((*words, one, *sources))[1] for one in bench.values(bench.job.few)]
    yield OWN, [float(one.split()[-1]) for one in said]


def python_alone(bench: Bench) -> Iterator[tuple[str, Seconds]]:
    """A process for each value."""
    python = bench.tool() / "python"
    words = (python, bench.folder / "work.py", "--value")
    yield "python work.py", [timed((*words, one))[0] for one in bench.values(bench.job.few)]


def papermill(bench: Bench) -> Iterator[tuple[str, Seconds]]:
    """The command for each value; and all values in one process."""
    tools = bench.tool("papermill", "ipykernel")
    timed((tools / "python", "-m", "ipykernel", "install", "--sys-prefix", "--name", "python3"))
    out = bench.place / "papermill"
    out.mkdir(exist_ok=True)
    source, environ = bench.folder / "work.ipynb", {"PATH": f"{tools}:{os.environ['PATH']}"}
    values = bench.values(bench.job.few)
    words = (tools / "papermill", "--no-progress-bar", source, out / "one.ipynb", "-p", "value")
    yield "papermill", [timed((*words, one), **environ)[0] for one in values]
    loop = (
        "import json, sys, time, papermill\n"
        "for one in json.loads(sys.argv[3]):\n"
        "    begun = time.perf_counter()\n"
        "    papermill.execute_notebook(sys.argv[1], f'{sys.argv[2]}/{one}.ipynb',\n"
        "        {'value': float(one)}, progress_bar=False)\n"
        "    print(time.perf_counter() - begun)\n"
    )
    _, said = timed((tools / "python", "-c", loop, source, out, json.dumps(values)), **environ)
    yield "papermill, looped", [float(line) for line in said.splitlines()]


def mlflow_run(bench: Bench) -> Iterator[tuple[str, Seconds]]:
    """In the environment at hand, so without making one."""
    tools = bench.tool("mlflow")
    project = bench.place / "mlflow-project"
    if not project.exists():
        shutil.copytree(bench.folder, project)
        (project / "MLproject").write_text(
            "name: bench\nentry_points:\n  main:\n    parameters:\n      value: float\n"
            "    command: python work.py --value {value}\n"
        )
    environ = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "MLFLOW_TRACKING_URI": f"sqlite:///{bench.place}/peer-mlflow.db",
    }
    words = (tools / "mlflow", "run", "--env-manager", "local", project, "-P")
    seconds = [timed((*words, f"value={one}"), **environ)[0] for one in bench.values(bench.job.few)]
    yield "mlflow run", seconds


def guild(bench: Bench) -> Iterator[tuple[str, Seconds]]:
    """One batch of all values."""
    tools = bench.tool("guildai", "setuptools<81")
    values = bench.values(bench.job.few)
    words = (tools / "guild", "-C", bench.folder, "run", "--yes", "work.py", "--force-flags")
    environ = {"PATH": f"{tools}:{os.environ['PATH']}", "GUILD_HOME": str(bench.place / "guild")}
    (bench.place / "guild").mkdir(exist_ok=True)
    elapsed, _ = timed((*words, f"value=[{','.join(values)}]"), **environ)
    yield "guild run", [elapsed / len(values)]


def dvc(bench: Bench) -> Iterator[tuple[str, Seconds]]:
    """All values queued, then run by two workers."""
    tools = bench.tool("dvc")
    folder = bench.place / "dvc"
    environ = {"PATH": f"{tools}:{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}

    def say(*words: str | Path) -> float:
        return _in(folder, words, environ)

    if not folder.exists():
        shutil.copytree(bench.folder, folder)
        (folder / "params.yaml").write_text("value: 1.0\n")
        (folder / "dvc.yaml").write_text(
            "stages:\n  work:\n    cmd: python work.py --value ${value}\n    params: [value]\n"
        )
        identity = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
        say("git", "init", "--quiet")
        say(tools / "dvc", "init", "--quiet")
        say("git", "add", ".")
        say("git", *identity, "commit", "--quiet", "-m", "bench")
    values = bench.values(2 * bench.job.few)
    queued = [
        say(tools / "dvc", "exp", "run", "--queue", "--set-param", f"value={one}") for one in values
    ]
    elapsed = say(tools / "dvc", "exp", "run", "--run-all", "--jobs", str(JOBS))
    yield "dvc exp run --queue", [(sum(queued) + elapsed) / len(values)]


def _in(folder: Path, words: Sequence[str | Path], environ: Mapping[str, str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(
        list(map(str, words)),
        cwd=folder,
        env={**os.environ, **environ},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {done.stderr[-300:]}")
    return time.perf_counter() - started


OWN = "its own part, by itself"

TOOLS = (
    own_part,
    ours("work.ipynb"),
    ours("work.py"),
    python_alone,
    papermill,
    guild,
    mlflow_run,
    dvc,
)


def compare(
    place: Path, tell: Callable[[str], None], *, only: str = "", rounds: int = 2
) -> Iterator[str]:
    """The table of each job; tools take turns, so that a busy moment meets all of them."""
    for number, job in enumerate(WORKS):
        if only not in job.name:
            continue
        bench = Bench(job, place / str(number))
        if not bench.folder.exists():
            job.write(bench.folder)
        found: dict[str, Seconds] = {}
        for _ in range(rounds):
            for measure in TOOLS:
                try:
                    for name, seconds in measure(bench):
                        found.setdefault(name, []).extend(seconds)
                except (OSError, RuntimeError, Unavailable) as error:
                    tell(f"{job.name}: not measured: {error}")
        yield from _table(job, found)


def _table(job: Job, found: Mapping[str, Seconds]) -> Iterator[str]:
    own = statistics.median(found["sandbox .ipynb"]) if "sandbox .ipynb" in found else None
    bound = statistics.median(found[OWN]) / JOBS if OWN in found else None
    known = f"{bound:.4g} s" if bound else "not known"
    yield f"\n{job.name}: seconds per variant; the bound is {known}"
    yield f"{'':<26}{'median':>9}{'min':>9}{'max':>9}{'to ours':>10}{'to bound':>10}"
    for name, seconds in found.items():
        median = statistics.median(seconds)
        ratio = f"{median / own:.1f}x" if own else ""
        to_bound = f"{median / bound:.2f}x" if bound else ""
        yield (
            f"{name:<26}{median:>9.4f}{min(seconds):>9.4f}{max(seconds):>9.4f}"
            f"{ratio:>10}{to_bound:>10}"
        )


def main() -> int:
    """`python sweeps.py PLACE [ONLY]`, for one table by itself."""
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    for line in compare(place, print, only="".join(sys.argv[2:3])):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
