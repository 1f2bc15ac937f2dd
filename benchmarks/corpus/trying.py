"""One repository through `sandbox open` and `sandbox build`, within a time limit."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .records import Record
from .repositories import Repository, kind_of

SANDBOX = str(Path(sys.executable).with_name("sandbox"))
_PATIENCE_S = 30.0  # to remove its containers, once told to stop
_RELAXED = re.compile(
    r"relaxed|gives? way|given up|set aside|is lifted|is moved|does not hold|\binstead of\b"
)
_PYTHON_2 = re.compile(r"^(\S.*?): (?:is not Python 3|no cell of it is|was written for Python 2)")
_MORE = re.compile(r" and (\d+) more$")
_LONGEST = 300


@dataclass(frozen=True)
class Trial:
    """How repositories are tried.

    Attributes:
        home: the trial's own `$SANDBOX_HOME`.
        limit_s: for opening and building one repository.
        code: the product's commit.
        again: what was found out by earlier code is forgotten.
    """

    home: Path
    limit_s: float
    code: str = ""
    again: bool = False


class _TimeIsUp(Exception):  # noqa: N818 - an end, not an error
    pass


def try_repository(repository: Repository, trial: Trial) -> Record:
    """Open it, build it, and tell what came of it; what goes wrong is a finding, not an error."""
    started = time.monotonic()
    commit, date = repository.head()
    manifests = repository.manifests()
    blank = Record(
        repository.name,
        commit,
        date,
        kind_of(manifests),
        "not built",
        manifests=manifests,
        tried=datetime.now(UTC).date().isoformat(),
        code=trial.code,
    )
    try:
        found = _opened_and_built(repository, trial, blank)
    except _TimeIsUp:
        told = f"not finished after {trial.limit_s:.0f} s"
        found = replace(blank, status="time", cause=told)
    return replace(found, elapsed_s=round(time.monotonic() - started, 1))


def _opened_and_built(repository: Repository, trial: Trial, blank: Record) -> Record:
    ends = time.monotonic() + trial.limit_s
    name = repository.workspace
    for words in (
        ("open", str(repository.folder.absolute()), "--as", name),
        ("build", name, *(["--refresh"] if trial.again else [])),
    ):
        answer = _sandbox(words, trial.home, ends)
        if "error" in answer:
            return replace(blank, cause=_one_line(str(answer["error"])))
    return read_answer(blank, answer)


def _sandbox(words: Sequence[str], home: Path, ends: float) -> dict[str, Any]:
    """The command's JSON document; one with `error` where it gave none."""
    process = subprocess.Popen(
        [SANDBOX, *words, "--json"],
        env={**os.environ, "SANDBOX_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, said = process.communicate(timeout=max(ends - time.monotonic(), 1.0))
    except subprocess.TimeoutExpired:
        _stop(process)
        raise _TimeIsUp from None
    except BaseException:
        _stop(process)
        raise
    try:
        answer = json.loads(out)
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return answer
    lines = said.strip().splitlines() or [f"exit code {process.returncode} and no answer"]
    return {"error": lines[-1]}


def _stop(process: subprocess.Popen[str]) -> None:
    """As Ctrl-C does, so that it removes its containers."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def read_answer(blank: Record, answer: Mapping[str, Any]) -> Record:
    """The record of a repository whose environment was built."""
    decisions = tuple(map(str, answer["decisions"]))
    imports = answer["imports"]
    entries = answer.get("entries", ())
    failed = {one["name"]: _one_line(one["why"]) for one in imports["failed"]}
    python_2 = sum(_count(match[1]) for line in decisions if (match := _PYTHON_2.match(line)))
    none_left = 0 < len(entries) <= python_2 and failed
    nothing = python_2 and not failed and not imports["ok"]
    elsewhere = {one["name"]: str(one["needs"]) for one in answer.get("elsewhere", ())}
    lost = {name.partition(":")[0] for name in failed}
    status = "python 2" if none_left or nothing else "imports" if lost - elsewhere.keys() else ""
    status = status or ("elsewhere" if elsewhere else "works")
    return replace(
        blank,
        status=status,
        cause=_cause(failed, elsewhere),
        python=answer["python"],
        packages=len(answer["packages"]),
        system_packages=tuple(answer.get("system_packages", ())),
        relaxed=tuple(line for line in decisions if _RELAXED.search(line)),
        dropped=tuple(f"{one['name']}: {one['why']}" for one in answer["dropped"]),
        imported=len(imports["ok"]),
        failed=failed,
        entries=len(entries),
        entries_ok=sum(not one["failed"] for one in entries),
        from_source=tuple(answer.get("from_source", ())),
        python_2=python_2,
        elsewhere=elsewhere,
        decisions=decisions,
    )


def _cause(failed: Mapping[str, str], elsewhere: Mapping[str, str]) -> str:
    """What could be otherwise first, each reason once."""
    names: dict[str, list[str]] = {}
    for name, why in failed.items():
        if name.partition(":")[0] not in elsewhere:
            names.setdefault(why, []).append(name)
    others = [
        f"{found[0]}{f' and {len(found) - 1} more' if found[1:] else ''}: {why}"
        for why, found in names.items()
    ]
    return "; ".join([*others, *(f"{name} needs {what}" for name, what in elsewhere.items())])


def _count(listed: str) -> int:
    """How many files `a.py, b.py and 7 more` are."""
    more = _MORE.search(listed)
    names = listed[: more.start()] if more else listed
    return len(re.split(r", | and ", names)) + (int(more[1]) if more else 0)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
