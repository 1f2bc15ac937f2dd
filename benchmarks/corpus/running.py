"""Do entries of real repositories run, and how many more where their failures teach?

Some entries of every repository below DIR are run as they are, for a minute each. Those that go on
until then, or end by themselves, run. What the first run of each came to stands beside what became
of it after what is known to cure its failure was tried.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox import api
from sandbox.api import Request
from sandbox.domain import Run
from sandbox.errors import SandboxError
from sandbox.flows.requests import Event, Finished

from .repositories import Repository, find_repositories

_RUNS = frozenset({"succeeded", "timed_out", "diverged"})
_WHY = (
    ("a file", r"No such file|does not exist|FileNotFound"),
    ("the network", r"URLError|Connection|getaddr|Max retries|Name or service|resolve|Offline"),
    ("arguments or input", r"exit code 2|required|asked for input|argument"),
    ("a limit", r"out_of_memory|disk_limit"),
)


@dataclass(frozen=True)
class Tried:
    """One entry.

    Attributes:
        first, last: how its first run ended, and the one that the user is shown.
        learned: what was tried, one line each.
    """

    repository: str
    entry: str
    first: str
    last: str
    learned: tuple[str, ...] = ()

    @property
    def ran(self) -> bool:
        return _runs(self.last)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="repositories, bare or not, are below")
    parser.add_argument("--most", type=int, default=8, help="entries of one repository")
    parser.add_argument("--seconds", type=int, default=60, help="for each run")
    parser.add_argument("--state", type=Path, required=True, help="folder for home and results")
    given = parser.parse_args()
    given.state.mkdir(parents=True, exist_ok=True)
    path = given.state / "ran.json"
    found = [_load(one) for one in json.loads(path.read_text())] if path.exists() else []
    for repository in find_repositories(given.folder.resolve()):
        if all(one.repository != repository.name for one in found):
            for tried in _try(repository, given.state / "home", given.most, given.seconds):
                found.append(tried)
                print(f"{tried.repository} {tried.entry}: {tried.last}", file=sys.stderr)
            path.write_text(json.dumps([asdict(one) for one in found], indent=1))
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}\n")
    print("\n".join(table(found)))
    return 0


def table(found: Sequence[Tried]) -> Iterator[str]:
    """In Markdown: shares, why the others do not run, and what was learned."""
    many, ran = len(found), sum(one.ran for one in found)
    first = sum(_runs(one.first) for one in found)
    taught = sum(bool(one.learned) for one in found)
    yield "| entries | run at first | something to learn | run in the end |"
    yield "|--:|--:|--:|--:|"
    yield f"| {many} | {first} | {taught} | {ran} |"
    yield ""
    why = Counter(_why(one.last) for one in found if not one.ran)
    yield from (f"{count} want {what}" for what, count in why.most_common())
    yield ""
    yield "| repository | entry | at first | tried | in the end |"
    yield "|---|---|---|---|---|"
    for one in found:
        if one.learned:
            cells = (one.repository, one.entry, one.first, "; ".join(one.learned), one.last)
            yield f"| {' | '.join(cell.replace('|', '/')[:160] for cell in cells)} |"


def _try(repository: Repository, home: Path, most: int, seconds: int) -> Iterator[Tried]:
    said: list[str] = []
    context = api.connect(home, tell=said.append)
    target, name = str(repository.folder), repository.workspace
    try:
        api.open_workspace(context, target, name=name)
        entries = api.scan(context, name).entries
    except SandboxError as error:
        print(f"{repository.name}: {error.message}", file=sys.stderr)
        return
    for entry in entries[:most]:
        said.clear()
        ended: list[tuple[Run, int]] = []

        def listen(event: Event, ended: list[tuple[Run, int]] = ended) -> None:
            if isinstance(event, Finished):
                ended.append((event.run, len(said)))

        limits = {"timeout": f"{seconds}s"}
        request = Request(name, entry.path, limits=limits)
        last = "nothing was run"
        try:
            last = _told(api.run(context, request, on_event=listen).runs[0])
        except SandboxError as error:
            last = f"error: {error.message}"
        first, at = (_told(ended[0][0]), ended[0][1]) if ended else (last, len(said))
        learned = [line.rpartition("; trying ")[2] for line in said[at:] if "; trying " in line]
        yield Tried(repository.name, entry.path, first, last, tuple(learned))
    with contextlib.suppress(SandboxError):
        api.remove_workspace(context, name)


def _told(run: Run) -> str:
    return f"{run.status}: {run.cause}" if run.cause else str(run.status)


def _runs(told: str) -> bool:
    return told.partition(":")[0] in _RUNS


def _why(told: str) -> str:
    return next((what for what, pattern in _WHY if re.search(pattern, told)), "something else")


def _load(fields: dict[str, object]) -> Tried:
    learned = fields.pop("learned")
    return Tried(**fields, learned=tuple(learned))  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
