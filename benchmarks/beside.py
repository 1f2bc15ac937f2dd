"""Environments beside their peers: the same packages on the same machine, in the same run.

Two small projects share all their packages but one. Each tool builds the first, which is not
measured, then the second, which is, then the second again with nothing changed. Caches are warm.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUILDING = Path(__file__).with_name("building.py")
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
PACKAGES = ("scikit-learn", "matplotlib")
FURTHER = "tabulate"
MIB = 2**20
NOWHERE = "http://127.0.0.1:9"
PROXIES = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), NOWHERE)


class Unavailable(Exception):  # noqa: N818 - a reason
    """This tool cannot run here; says why."""


@dataclass(frozen=True)
class Measured:
    """What the second environment took.

    Attributes:
        bytes_added: on disk, what it shares with others not counted.
        bytes_whole: of all its files.
        again_s: the same command once more, nothing changed.
    """

    second_s: float
    bytes_added: int
    bytes_whole: int
    again_s: float

    @property
    def share(self) -> float:
        """Percent of its size that it takes on disk."""
        return 100 * self.bytes_added / self.bytes_whole


@dataclass(frozen=True)
class Projects:
    """The two projects, and the locks that our own build gave them."""

    place: Path
    folders: tuple[Path, Path]

    def lock(self, number: int) -> Path:
        return self.place / f"lock-{number}.txt"


def make_projects(place: Path) -> Projects:
    """Two folders that a learner could have."""
    first, second = place / "first", place / "second"
    for folder, packages in ((first, PACKAGES), (second, (*PACKAGES, FURTHER))):
        folder.mkdir(parents=True)
        (folder / "requirements.txt").write_text("\n".join(packages) + "\n")
        (folder / "train.py").write_text("import matplotlib.pyplot, sklearn\nprint(1)\n")
        (folder / "pyproject.toml").write_text(
            f'[project]\nname = "x"\nversion = "1"\nrequires-python = "=={PYTHON}.*"\n'
        )
    return Projects(place, (first, second))


def measure_sandbox(projects: Projects) -> Measured:
    """`sandbox build` in a Store of its own; the third time without a way to the network."""
    store, home = f"sandbox-bench-{os.getpid()}", {"SANDBOX_HOME": str(projects.place / "home")}

    def ask(*words: str | Path, **environ: str) -> tuple[float, Any]:
        elapsed, said = timed((sys.executable, BUILDING, *words), **home, **environ)
        return elapsed, json.loads(said)

    try:
        _, first = ask("build", store, projects.folders[0])
        _, (before,) = ask("sizes", store, first["base"], "/store")
        second_s, second = ask("build", store, projects.folders[1])
        _, (after, whole) = ask("sizes", store, second["base"], "/store", second["place"])
        again_s = statistics.median(
            ask("build", store, projects.folders[1], **PROXIES)[0] for _ in range(3)
        )
    finally:
        with contextlib.suppress(RuntimeError):  # never in place of what went wrong before
            ask("remove", store)
    for number, built in enumerate((first, second)):
        projects.lock(number).write_text(built["lock"] + "\n")
    return Measured(second_s, after - before, whole, again_s)


def measure_venv(projects: Projects) -> Measured:
    """`python -m venv` and `pip install -r` of the same lock; pip's cache is warm."""
    cache = {"PIP_CACHE_DIR": str(projects.place / "pip-cache")}

    def install(number: int) -> float:
        folder = projects.place / f"venv-{number}"
        python, lock = folder / "bin" / "python", projects.lock(number)
        made, _ = (0.0, "") if folder.exists() else timed((sys.executable, "-m", "venv", folder))
        pip = (python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", lock)
        return made + timed(pip, **cache)[0]

    install(0)
    second_s = install(1)
    size = disk_bytes(projects.place / "venv-1")
    return Measured(second_s, size, size, install(1))


def measure_mlflow(projects: Projects) -> Measured:
    """`mlflow run --env-manager virtualenv` of the same pins, its program doing nothing.

    Raises:
        Unavailable: no pyenv, or none of its interpreters is of this Python.
    """
    python = _pyenv_python()
    tools = projects.place / "tools"
    timed((sys.executable, "-m", "venv", tools))
    timed((tools / "bin" / "python", "-m", "pip", "install", "--quiet", "virtualenv"))
    environments = projects.place / "mlflow-envs"
    environ = {
        "PATH": f"{tools / 'bin'}:{os.environ['PATH']}",
        "MLFLOW_ENV_ROOT": str(environments),
        "MLFLOW_TRACKING_URI": f"sqlite:///{projects.place}/mlflow.db",
        "PIP_CACHE_DIR": str(projects.place / "pip-cache"),
    }
    mlflow = Path(sys.executable).with_name("mlflow")

    def run(number: int) -> float:
        folder = projects.place / f"mlflow-{number}"
        if not folder.exists():
            _make_mlflow_project(folder, projects.lock(number), python)
        return timed((mlflow, "run", "--env-manager", "virtualenv", folder), **environ)[0]

    run(0)
    before = disk_bytes(environments)
    second_s = run(1)
    added = disk_bytes(environments) - before
    return Measured(second_s, added, added, run(1))


def _pyenv_python() -> str:
    if shutil.which("pyenv") is None:
        raise Unavailable("no pyenv, which it makes environments with")
    _, said = timed(("pyenv", "versions", "--bare"))
    found = [line.strip() for line in said.splitlines() if line.strip().startswith(f"{PYTHON}.")]
    if not found:
        raise Unavailable(f"pyenv has no Python {PYTHON}")
    return found[-1]


def _make_mlflow_project(folder: Path, lock: Path, python: str) -> None:
    """MLflow writes the lines into a file of its own, which pip takes with hashes as well."""
    folder.mkdir()
    lines = "".join(f"  - {line.split(' ')[0]}\n" for line in lock.read_text().splitlines() if line)
    (folder / "python_env.yaml").write_text(f'python: "{python}"\ndependencies:\n{lines}')
    (folder / "MLproject").write_text(
        "name: bench\npython_env: python_env.yaml\n"
        "entry_points:\n  main:\n    command: python -c 'print(1)'\n"
    )


def timed(command: Sequence[str | Path], **environ: str) -> tuple[float, str]:
    """Seconds and standard output; raises RuntimeError with the last line of a command's error."""
    started = time.perf_counter()
    done = subprocess.run(
        list(map(str, command)),
        env={**usual_environ(), **environ},
        check=False,
        capture_output=True,
        text=True,
    )
    elapsed = time.perf_counter() - started
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}: {last}")
    return elapsed, done.stdout


def usual_environ() -> dict[str, str]:
    """This process's, less what would let a tool record elsewhere or compile itself every time."""
    unusual = ("MLFLOW_TRACKING_URI", "PYTHONDONTWRITEBYTECODE")
    return {name: text for name, text in os.environ.items() if name not in unusual}


def disk_bytes(folder: Path) -> int:
    """What the folder takes on disk, hard links within it counted once."""
    _, said = timed(("du", "-s", "-B1", folder))
    return int(said.split()[0])


TOOLS: tuple[tuple[str, Callable[[Projects], Measured]], ...] = (
    ("sandbox", measure_sandbox),
    ("venv + pip", measure_venv),
    ("mlflow run", measure_mlflow),
)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    promised: str
    of: Callable[[Measured], float]
    unit: str


ROWS = (
    Row("second environment sharing packages", "2 s", lambda one: one.second_s, "s"),
    Row("what it adds on disk", "5 %", lambda one: one.bytes_added / MIB, "MiB"),
    Row("share of its size", "5 %", lambda one: one.share, "%"),
    Row("once more, nothing changed", "0.5 s", lambda one: one.again_s, "s"),
)


def lines(measured: Mapping[str, Measured]) -> list[str]:
    """The table, with each peer's multiple of our own figure."""
    head = "".join(f"{name:>22}" for name in measured)
    return [f"{'environments':<38}{'promised':>10}{head}", *(_line(row, measured) for row in ROWS)]


def _line(row: Row, measured: Mapping[str, Measured]) -> str:
    own = row.of(measured["sandbox"]) if "sandbox" in measured else 0.0
    cells = []
    for name, one in measured.items():
        value = row.of(one)
        ratio = f" ({value / own:.1f}x)" if name != "sandbox" and own > 0 else ""
        cells.append(f"{value:.3g} {row.unit}{ratio}".rjust(22))
    return f"{row.name:<38}{row.promised:>10}{''.join(cells)}"


def compare(place: Path, tell: Callable[[str], None]) -> dict[str, Measured]:
    """Every tool that can run here; tells of those that cannot. Peers are given our own locks."""
    projects = make_projects(place)
    measured: dict[str, Measured] = {}
    for name, measure in TOOLS:
        if name != "sandbox" and "sandbox" not in measured:
            tell(f"{name} is not measured: there is no lock to give to it")
            continue
        try:
            measured[name] = measure(projects)
        except (OSError, RuntimeError, Unavailable) as error:
            tell(f"{name} is not measured: {error}")
    return measured
