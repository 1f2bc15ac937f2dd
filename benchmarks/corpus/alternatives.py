"""What people found when they changed one value by hand, found again by `sandbox sweep -p`.

Each experiment of the file is run as a user would: its entry with the arguments of its command, the
baseline, and every value that is written down, one at a time. A value counts as found again where,
of the metrics that both have, the one that moved most then moves to the same side now.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from sandbox.domain import Tunable
from sandbox.metrics import last_values, read_scalars

from .named import entry_path, find_named
from .repositories import Repository, find_repositories

_ASSIGNED = re.compile(r"(--)?([A-Za-z][\w.-]*)[ =]([^\s,]+)")
_LONGEST_S = 3600


@dataclass
class Found:
    """What came of one experiment: tried values, and what each did.

    Attributes:
        rows: name=value, what it did then, what it does now, and whether those agree; None = there
            is nothing to compare with.
    """

    name: str
    cause: str | None = None
    rows: list[tuple[str, str, str, bool | None]] = field(default_factory=list)


def main() -> int:
    """Print a table; 1 where a value could not be set, or did the opposite."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="repositories, bare or not, are below")
    parser.add_argument("--named", type=Path, required=True, help="JSON with the experiments")
    parser.add_argument("--only", default="*", help="of the experiments' names")
    given = parser.parse_args()
    by_name = {one.name: one for one in find_repositories(given.folder)}
    experiments = json.loads(given.named.read_text())["experiments"]
    found = []
    for one in experiments:
        if fnmatch(one["id"], given.only) and one["repo"] in by_name:
            print(f"{one['id']} …", file=sys.stderr)
            found.append(_try(by_name[one["repo"]], one))
    for line in _table(found):
        print(line)
    return int(any(one.cause or any(row[3] is False for row in one.rows) for one in found))


def _try(repository: Repository, experiment: Mapping[str, Any]) -> Found:
    found = Found(experiment["id"])
    named, _ = find_named(repository, experiment)
    wanted = _wanted(experiment, [one and one[1] for one in named])
    if not wanted:
        found.cause = "no tunable of the entry is named"
        return found
    told, runs = _sweep(repository, experiment, wanted)
    if not runs:
        found.cause = told
        return found
    base = runs.get("baseline", {})
    then_base = _metrics(experiment["base"])
    for name, value in wanted:
        then = _recorded(experiment, name, value)
        now = next((run for key, run in runs.items() if key.endswith(f"{name}={value}")), None)
        if now is None:
            found.rows.append((f"{name}={value}", "", "no such run", False))
        else:
            found.rows.append((f"{name}={value}", *_compared(then_base, then, base, now)))
    return found


def _wanted(
    experiment: Mapping[str, Any], named: Sequence[Tunable | None]
) -> list[tuple[str, str]]:
    """Names with the alternative of each, and the values that were run alone by hand."""
    pairs = []
    for told, tunable in zip(experiment["tunables"], named, strict=True):
        if tunable is not None:
            key = _plain(told["name"])
            values = [told["alternative"]]
            values += [
                value
                for one in experiment["variants"]
                for name, value in _assigned(one["variant"])
                if _plain(name) == key and len(_assigned(one["variant"])) == 1
            ]
            pairs += [(tunable.qualified_name, value) for value in dict.fromkeys(values)]
    return pairs


def _assigned(text: str) -> list[tuple[str, str]]:
    return [(name, value) for _, name, value in _ASSIGNED.findall(text)]


def _plain(name: str) -> str:
    words = name.replace("(", " ").replace(")", " ").split()
    return words[-1].lstrip("-").replace("-", "_") if words else ""


def _sweep(
    repository: Repository, experiment: Mapping[str, Any], wanted: Sequence[tuple[str, str]]
) -> tuple[str, dict[str, dict[str, float]]]:
    """What the command said at its end, and the metrics of each run by its name."""
    command = experiment["command"].split("&&")[-1]
    words = [str(Path(sys.executable).with_name("sandbox")), "sweep", str(repository.folder)]
    words += [entry_path(experiment), "--as", experiment["id"], "--ref", experiment["commit"]]
    words += [word for name, value in wanted for word in ("-p", f"{name}={_quoted(value)}")]
    words += ["--sampler", "one-at-a-time", "--keep-going", "--jobs", "2", "--limit", "300s"]
    words += ["-m"] if " -m " in command or "PYTHONPATH=." in command else []
    arguments = _arguments(command)
    words += ["--json", *(["--", *arguments] if arguments else [])]
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=_LONGEST_S, check=False, env=None
    )
    try:
        runs = json.loads(done.stdout)["runs"]
    except (ValueError, KeyError):
        lines = [line for line in done.stderr.splitlines() if line.startswith(("error:", "hint:"))]
        return " ".join(lines)[:300] or f"exit {done.returncode}", {}
    return "", {one["name"]: _told(one) for one in runs}


def _told(run: Mapping[str, Any]) -> dict[str, float]:
    return {**run["metrics"]} if run["status"] in {"succeeded", "timed_out"} else {}


def _quoted(value: str) -> str:
    return json.dumps(value) if "," in value and value[:1] not in "[(" else value


def _arguments(command: str) -> list[str]:
    """What follows the script or module; a notebook takes nothing."""
    words = shlex.split(command)
    at = next((at for at, word in enumerate(words) if word.endswith(".py")), len(words))
    return [] if ".ipynb" in command else words[at + 1 :]


def _metrics(told: Mapping[str, Any]) -> dict[str, float]:
    return dict(last_values(read_scalars("\n".join(told["last"]) + "\n")))


def _recorded(experiment: Mapping[str, Any], name: str, value: str) -> dict[str, float]:
    """What the same value alone did by hand, if it was tried."""
    last = re.split(r"[.:-]", name.split("#", maxsplit=1)[0])[-1].replace("-", "_")
    for one in experiment["variants"]:
        pairs = _assigned(one["variant"])
        if len(pairs) == 1 and pairs[0][1] == value and _plain(pairs[0][0]).endswith(last):
            return _metrics(one)
    return {}


def _compared(
    then_base: Mapping[str, float],
    then: Mapping[str, float],
    base: Mapping[str, float],
    now: Mapping[str, float],
) -> tuple[str, str, bool | None]:
    """By the metric of both that moved most then; else whether anything changed."""
    moved = {
        name: abs(then[name] - value) / max(abs(value), abs(then[name]))
        for name, value in then_base.items()
        if name in then and name in base and name in now and then[name] != value
    }
    if moved:
        name = max(moved, key=moved.__getitem__)
        before = f"{name} {then_base[name]:.4g} → {then[name]:.4g}"
        after = f"{base[name]:.4g} → {now[name]:.4g}"
        same = (then[name] > then_base[name]) == (now[name] > base[name])
        return before, after, same and now[name] != base[name]
    changed = [name for name in base if name in now and base[name] != now[name]]
    if changed:
        name = next((one for one in then_base if one in changed), changed[0])
        return "", f"{name} {base[name]:.4g} → {now[name]:.4g}", None
    return "", "no metric changed" if now else "it failed", None if not now else False


def _table(found: Sequence[Found]) -> Iterator[str]:
    yield "| experiment | value | by hand, then | now | the same side |"
    yield "|---|---|---|---|---|"
    rows = [row for one in found for row in one.rows]
    for one in found:
        if one.cause:
            yield f"| {one.name} | not run | | {one.cause} | |"
        for name, then, now, same in one.rows:
            yield f"| {one.name} | {name} | {then} | {now} | {_WORDS[same]} |"
    compared = [row[3] for row in rows if row[1]]
    changed = sum(row[3] is not False for row in rows)
    agree = f"{sum(bool(one) for one in compared)} of {len(compared)}"
    yield f"| all | {len(rows)} values set | | {changed} change a metric | {agree} |"


_WORDS = {True: "yes", False: "**no**", None: "not tried then"}


if __name__ == "__main__":
    sys.exit(main())
