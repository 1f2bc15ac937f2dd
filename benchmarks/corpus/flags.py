"""Flags as `scan` reads them beside those that argparse has when the script runs.

Each script is started in a container of its own, without network; argparse tells its flags instead
of parsing. See `asking` for where the packages come from that it imports.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import Any

import simpleeval

from sandbox import tunables
from sandbox.domain import Entry, EntryKind, Tunable, TunableKind
from sandbox.interfaces import MemoryTree

from .asking import Answer, Asker, InImage, Installed
from .repositories import Repository, find_repositories

FEWEST = 3
_SWITCHES = {"_StoreTrueAction", "_StoreFalseAction", "BooleanOptionalAction"}


@dataclass
class Tally:
    """Flags that are there, found, and read rightly.

    Attributes:
        whole: scripts that nothing stood in for.
    """

    scripts: int = 0
    whole: int = 0
    repositories: set[str] = field(default_factory=set)
    there: int = 0
    listed: int = 0
    found: int = 0
    right: int = 0
    faults: list[str] = field(default_factory=list)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="repositories, bare or not, are below")
    parser.add_argument("--only", default="*", help="owner/name with wildcards, commas between")
    parser.add_argument("--most", type=int, default=4, help="scripts of one repository")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--image", help="a Docker image that has python3: the rest has stand-ins")
    way.add_argument("--home", type=Path, help="builds an Environment for each script there")
    given = parser.parse_args()
    asker = InImage(given.image) if given.image else Installed(given.home)
    patterns = given.only.lower().split(",")
    tally = Tally()
    for one in find_repositories(given.folder):
        if any(fnmatch(one.name.lower(), pattern) for pattern in patterns):
            _try(one, tally, given.most, asker)
    for line in _table(tally):
        print(line)
    return 0


def _try(repository: Repository, tally: Tally, most: int, asker: Asker) -> None:
    files = repository.files()
    tree = MemoryTree({path: data for path, data in files.items() if path.endswith(".py")})
    read = ((entry, _options(tree, entry)) for entry in tunables.find_entries(tree))
    chosen = list(islice((one for one in read if len(one[1]) >= FEWEST), most))
    if not chosen:
        return
    with asker.opened(repository, files) as ask:
        for entry, options in chosen:
            where = f"{repository.name} {entry.path}"
            answer = ask(entry)
            if answer is None:
                print(f"{where}: did not come to its flags", file=sys.stderr)
                continue
            _tell(where, answer, options)
            tally.scripts += 1
            tally.whole += not answer.stand_ins
            tally.repositories.add(repository.name)
            _count(tally, where, answer.flags, options)


def _options(tree: MemoryTree, entry: Entry) -> list[Tunable]:
    if entry.kind is not EntryKind.script:
        return []
    return [one for one in tunables.scan(tree, entry) if _is_option(one)]


def _tell(where: str, answer: Answer, options: list[Tunable]) -> None:
    missing = f"; stand-ins for {', '.join(answer.stand_ins)}" if answer.stand_ins else ""
    print(f"{where}: {len(answer.flags)} flags, {len(options)} read{missing}", file=sys.stderr)


def _is_option(one: Tunable) -> bool:
    return one.kind in {TunableKind.flag, TunableKind.positional}


def _count(tally: Tally, where: str, there: list[dict[str, Any]], read: list[Tunable]) -> None:
    known = {one.flag or one.name: one for one in read}
    names = {name for one in there for name in (one["names"] or [one["dest"]])}
    unreal = [name for name in known if name not in names]
    tally.listed += len(known)
    tally.there += len(there)
    tally.faults += [f"{where}: {name} is no flag of it" for name in unreal]
    for one in there:
        match = next((known[n] for n in (one["names"] or [one["dest"]]) if n in known), None)
        if match is None:
            tally.faults.append(f"{where}: {one['names'] or one['dest']} is not found")
            continue
        tally.found += 1
        wrong = list(_wrong(match, one))
        tally.right += not wrong
        tally.faults += [f"{where}: {match.name}: {text}" for text in wrong]


def _wrong(read: Tunable, there: Mapping[str, Any]) -> Iterator[str]:
    if not _same(read.value, there["default"]):
        yield f"default {there['default']!r} read as {read.value!r}"
    kind = "bool" if there["kind"] in _SWITCHES else there["type"]
    read_kind = "<lambda>" if read.type == "function" else read.type
    if kind is not None and read_kind != kind and not there["choices"]:
        yield f"type {kind} read as {read.type}"
    if list(read.choices) != (there["choices"] or []):
        yield f"choices {there['choices']} read as {list(read.choices)}"


def _same(read: str | None, there: object) -> bool:
    """Whether the text is the value; of several values it is what one would type."""
    if read is None or there is None:
        return read in {None, "None"} and there is None
    if isinstance(there, list) and read == " ".join(map(str, there)):
        return True
    try:
        value = simpleeval.SimpleEval(functions={"int": int, "float": float}).eval(read)
    except (SyntaxError, simpleeval.InvalidExpression, TypeError, ValueError):
        try:
            value = ast.literal_eval(read)
        except (ValueError, SyntaxError):
            value = read
    value = list(value) if isinstance(value, tuple) else value
    return bool(value == there) or read == str(there)


def _table(tally: Tally) -> Iterator[str]:
    def share(part: int, whole: int) -> str:
        return f"{part} of {whole} = {100 * part / max(whole, 1):.1f} %"

    yield f"| scripts, of {len(tally.repositories)} repositories | {tally.scripts} |"
    yield "|---|--:|"
    yield f"| with all that they import installed | {tally.whole} |"
    yield f"| flags that are found | {share(tally.found, tally.there)} |"
    yield f"| of those listed, are flags | {share(tally.found, tally.listed)} |"
    right = share(tally.right, tally.found)
    yield f"| of those found, default, type and choices are right | {right} |"
    yield from (f"| fault | {line[:250]} |" for line in tally.faults)


if __name__ == "__main__":
    sys.exit(main())
