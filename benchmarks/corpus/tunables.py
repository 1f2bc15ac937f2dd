"""What `scan` and `-p` promise, on real repositories: edits that change one value and nothing else.

Round trip: every tunable of files taken by themselves gets another value; the file still parses,
differs at that value only, and a second scan finds the new value under the old name. Named:
tunables that people wrote down before, with file and line, are found, and among the first ten.
Speed: scans of a large repository, in processes of their own. Nothing is executed or written.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox import api, tunables
from sandbox.domain import Tunable
from sandbox.errors import SandboxError
from sandbox.interfaces import MemoryTree
from sandbox.paths import Home
from sandbox.tunables.sources import decode, offsets

from .named import entry_of, find_named
from .repositories import Repository, find_repositories

FIRST = 10
AT_ONCE_S = 0.5
_BY_TYPE = {"int": "7", "float": "0.375", "str": "other", "bool": "", "list": "[7, 8]"}
_BY_TYPE |= {"tuple": "(7, 8)", "expression": "Other()", "dict": "{7: 8}", "set": "{7, 8}"}
_FILES, _LINES = 1000, 100


@dataclass
class Tally:
    """What was tried, by the tunables' kind, and what went wrong."""

    repositories: int = 0
    tried: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def main() -> int:
    """Print the tables; 1 where an edit changed more than its value."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="repositories, bare or not, are below")
    parser.add_argument("--most", type=int, default=200, help="tunables of one repository")
    parser.add_argument("--named", type=Path, help="JSON that names tunables of some of them")
    given = parser.parse_args()
    found = find_repositories(given.folder)
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}\n")
    tally = Tally()
    for one in found:
        _go_round(one, tally, given.most)
        print(f"{one.name}: {tally.tried.total()} so far", file=sys.stderr)
    for line in _round_table(tally):
        print(line)
    if given.named:
        for line in _named_table(found, json.loads(given.named.read_text())["experiments"]):
            print(line)
    for line in (*_default_table(found), *_speed_table()):
        print(line)
    return 0 if len(tally.faults) < tally.tried.total() / 1000 else 1


# ---------------------------------------------------------------- round trip


def _go_round(repository: Repository, tally: Tally, most: int) -> None:
    files = {
        path: data for path, data in repository.files().items() if path.endswith((".py", ".ipynb"))
    }
    cases = [case for path, data in files.items() for case in _cases(path, data)]
    chosen = random.Random(0).sample(cases, min(most, len(cases)))  # noqa: S311 - the same each time
    tally.repositories += bool(chosen)
    for path, tunable in chosen:
        tally.tried[tunable.kind] += 1
        fault = _fault(path, files[path], tunable)
        if fault:
            tally.faults.append(f"{repository.name} {tunable.qualified_name}: {fault}")


def _cases(path: str, data: bytes) -> Iterator[tuple[str, Tunable]]:
    """Those that are set in the file; flags and papermill's parameters are not."""
    for tunable in tunables.scan(MemoryTree({path: data}), entry_of(path)):
        if tunable.span is not None and ":parameters:" not in tunable.qualified_name:
            yield path, tunable


def _fault(path: str, data: bytes, tunable: Tunable) -> str | None:
    value = _other(tunable)
    tree, entry = MemoryTree({path: data}), entry_of(path)
    try:
        applied = tunables.apply(tree, entry, [(tunable, value)])
    except SandboxError as error:
        return f"{value} is refused: {error.message}"
    if set(applied.edits) != {path}:
        return f"{value} changed {sorted(applied.edits)}"
    new = applied.edits[path]
    text = _new_value(path, data, new, tunable)
    if text is None or value not in text:
        return f"{value} became {text!r}, or something else changed"
    again = tunables.scan(MemoryTree({path: new}), entry_of(path))
    found = {one.qualified_name: one for one in again}.get(tunable.qualified_name)
    if found is None:
        return "a second scan does not find it"
    return None if found.value == text else f"{text} is found as {found.value}"


def _other(tunable: Tunable) -> str:
    if tunable.choices:
        return next((one for one in tunable.choices if one != tunable.value), tunable.choices[0])
    if tunable.type == "bool":
        return "False" if str(tunable.value).lower() == "true" else "True"
    value = _BY_TYPE.get(tunable.type or "", "7")
    return value if value.strip("'\"") != str(tunable.value).strip("'\"") else f"{value}1"


def _new_value(path: str, old: bytes, new: bytes, tunable: Tunable) -> str | None:
    """What stands in the old value's place; None where anything else is another one, too."""
    if tunable.span is None:
        return None
    if path.endswith(".ipynb"):
        before, after = json.loads(old), json.loads(new)
        cells = zip(before["cells"], after["cells"], strict=True)
        sources = [("".join(a.pop("source", "")), "".join(b.pop("source", ""))) for a, b in cells]
        others = [a == b for at, (a, b) in enumerate(sources) if at != tunable.span.cell]
        if before != after or not all(others):
            return None
        was, now = sources[tunable.span.cell or 0]
    else:
        was, now = (decode(data)[0] for data in (old, new))
    start, end = offsets(was, tunable.span)
    tail = len(was) - end
    kept = now[:start] == was[:start] and now[len(now) - tail :] == was[end:]
    return now[start : len(now) - tail] if kept else None


def _round_table(tally: Tally) -> Iterator[str]:
    total, faults = tally.tried.total(), len(tally.faults)
    yield "| round trip | |"
    yield "|---|--:|"
    yield f"| repositories | {tally.repositories} |"
    for kind, count in sorted(tally.tried.items()):
        yield f"| tunables: {kind} | {count} |"
    share = 100 * (total - faults) / max(total, 1)
    yield f"| edits that did what they should | {total - faults} of {total} = {share:.2f} % |"
    yield from (f"| fault | {line[:300]} |" for line in tally.faults[:40])
    yield ""


# ---------------------------------------------------------------- named


def _named_table(found: tuple[Repository, ...], experiments: list[dict[str, Any]]) -> Iterator[str]:
    """Each experiment with the places at which its tunables stand in our list."""
    by_name = {one.name: one for one in found}
    total = listed = whole = tried = 0
    yield "| named tunables | places in the list (of so many) |"
    yield "|---|---|"
    for one in experiments:
        repository = by_name.get(one["repo"])
        if repository is None:
            yield f"| {one['id']} | the repository is not there |"
            continue
        named, count = find_named(repository, one)
        places = [each and each[0] for each in named]
        tried += 1
        total += len(places)
        listed += sum(place is not None for place in places)
        whole += all(place is not None and place <= FIRST for place in places)
        shown = ", ".join("missing" if place is None else str(place) for place in places)
        yield f"| {one['id']} | {shown} ({count}) |"
    yield f"| found | {listed} of {total} |"
    yield f"| entries whose named ones are all among the first {FIRST} | {whole} of {tried} |"
    yield ""


# ---------------------------------------------------------------- speed


def _default_table(found: Sequence[Repository]) -> Iterator[str]:
    timed = (_default_seconds(one) for one in found)
    seconds = sorted(each for each in timed if each is not None) or [0.0]
    quick = sum(each <= AT_ONCE_S for each in seconds)
    yield "| scan of the default entry, with its tweaks, in a process that runs already | |"
    yield "|---|--:|"
    yield f"| repositories that have an entry | {len(seconds)} |"
    yield f"| seconds: median, slowest | {statistics.median(seconds):.2f}, {seconds[-1]:.2f} |"
    yield f"| within {AT_ONCE_S} s | {quick} |"
    yield ""


def _default_seconds(repository: Repository) -> float | None:
    tree = MemoryTree(repository.files())
    entries = tunables.find_entries(tree)
    if not entries:
        return None
    begun = time.monotonic()
    report = tunables.scan_report(tree, entries[0])
    tunables.find_tweaks(tree, entries[0], report)
    return time.monotonic() - begun


def _speed_table() -> Iterator[str]:
    yield "| a scan of 1,000 files with 100,000 lines | |"
    yield "|---|--:|"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "large")
        _write_large(root)
        home = Home(Path(folder, "home"))
        for words, what in (([], "all entries"), (["package_0/train_0.py"], "one entry")):
            seconds, peak = _timed([str(root), *words], home, again=False)
            yield f"| {what}: seconds of the command | {seconds:.2f} |"
            yield f"| {what}: peak memory, MiB | {peak / 2**20:.0f} |"
            seconds, _ = _timed([str(root), *words], home, again=True)
            yield f"| {what}: seconds of the command, for the second time | {seconds:.2f} |"
            running = _timed_within([str(root), *words], home)
            yield f"| {what}: seconds in a process that runs already | {running:.2f} |"


def _write_large(root: Path) -> None:
    """A script a file, with flags, constants, calls; it imports the rest of its ten, in a chain."""
    for number in range(_FILES):
        is_last = number % 10 == 9
        folder = root / f"package_{number // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            "import argparse",
            f"from package_{number // 50} import train_{number + 1}" if not is_last else "",
            f"LEARNING_RATE_{number} = 1e-3",
            "def main():",
            "    parser = argparse.ArgumentParser()",
            *(
                f"    parser.add_argument('--flag-{at}', type=int, default={at})"
                for at in range(20)
            ),
            *(f"    layer_{at} = Dropout(0.{at + 1}, size={at})" for at in range(_LINES - 27)),
            "if __name__ == '__main__':",
            "    main()",
        ]
        (folder / f"train_{number}.py").write_text("\n".join(lines) + "\n")
    git = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "files"]):
        subprocess.run([*git, *words], check=True)


def _timed(words: list[str], home: Home, *, again: bool) -> tuple[float, int]:
    """Seconds and bytes of the second of two scans: the first one makes the workspace.

    Args:
        again: what the first one has found is remembered.
    """
    sandbox = str(Path(sys.executable).with_name("sandbox"))
    environment = {"SANDBOX_HOME": str(home.root), "PATH": "/usr/bin:/bin:/usr/local/bin"}
    for _ in range(2):
        if not again:
            home.workspace("large").scans.unlink(missing_ok=True)
        begun = time.monotonic()
        with subprocess.Popen(
            [sandbox, "scan", *words], env=environment, stdout=subprocess.DEVNULL
        ) as command:
            _, status, usage = _wait(command)
        if status:
            raise SystemExit(f"sandbox scan ended with {status}")
        seconds = time.monotonic() - begun
    return seconds, usage.ru_maxrss * 1024


def _timed_within(words: list[str], home: Home) -> float:
    """Seconds of the second scan of a process: without the start of Python and its libraries."""
    context = api.connect(home=home.root)
    for _ in range(2):
        home.workspace("large").scans.unlink(missing_ok=True)
        begun = time.monotonic()
        api.scan(context, *words)
    return time.monotonic() - begun


def _wait(command: subprocess.Popen[bytes]) -> tuple[int, int, resource.struct_rusage]:
    import os

    found = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(found[1])
    return found


if __name__ == "__main__":
    sys.exit(main())
