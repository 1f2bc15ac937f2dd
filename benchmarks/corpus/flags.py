"""Flags as `scan` reads them beside those that argparse has when the script runs.

Each script is started in a container of its own, without network and with its repository to read
only. Packages that are missing there have stand-ins; argparse tells its flags instead of parsing.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import simpleeval

from sandbox import tunables
from sandbox.domain import Entry, EntryKind, Tunable, TunableKind
from sandbox.interfaces import MemoryTree

from .containers import STAND_INS, run_inside, write_files
from .repositories import Repository, find_repositories

FEWEST = 3
_MARK = "FLAGS: "
_TELLING = f"""
{STAND_INS}
import argparse, json, os, runpy, sys

def flags(parser):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from flags(inner)
        elif not isinstance(action, (argparse._HelpAction, argparse._VersionAction)):
            kind = type(action).__name__
            yield dict(names=action.option_strings, dest=action.dest, default=action.default,
                type=getattr(action.type, "__name__", None), kind=kind,
                choices=None if action.choices is None else list(map(str, action.choices)))

def tell(parser, *_, **__):
    print("{_MARK}" + json.dumps(list(flags(parser)), default=str), flush=True)
    os._exit(0)

argparse.ArgumentParser.parse_args = argparse.ArgumentParser.parse_known_args = tell
sys.meta_path.append(StandIns())
script = sys.argv[1]
sys.path[:0] = [os.path.dirname(os.path.abspath(script)), os.getcwd()]
sys.argv[:] = [script]
runpy.run_path(script, run_name="__main__")
"""
_SWITCHES = {"_StoreTrueAction", "_StoreFalseAction", "BooleanOptionalAction"}


@dataclass
class Tally:
    """Flags that are there, found, and read rightly."""

    scripts: int = 0
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
    parser.add_argument("--image", required=True, help="a Docker image that has python3")
    given = parser.parse_args()
    patterns = given.only.lower().split(",")
    tally = Tally()
    for one in find_repositories(given.folder):
        if any(fnmatch(one.name.lower(), pattern) for pattern in patterns):
            _try(one, tally, given.most, given.image)
    for line in _table(tally):
        print(line)
    return 0


def _try(repository: Repository, tally: Tally, most: int, image: str) -> None:
    files = repository.files()
    tree = MemoryTree({path: data for path, data in files.items() if path.endswith(".py")})
    tried = 0
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), files)
        for entry in tunables.find_entries(tree):
            if entry.kind is not EntryKind.script or tried == most:
                continue
            read = [one for one in tunables.scan(tree, entry) if _is_option(one)]
            if len(read) < FEWEST:
                continue
            tried += 1
            where = f"{repository.name} {entry.path}"
            there = _ask(Path(folder), entry, image)
            if there is None:
                print(f"{where}: did not come to its flags", file=sys.stderr)
                continue
            print(f"{where}: {len(there)} flags, {len(read)} read", file=sys.stderr)
            tally.scripts += 1
            tally.repositories.add(repository.name)
            _count(tally, where, there, read)


def _is_option(one: Tunable) -> bool:
    return one.kind in {TunableKind.flag, TunableKind.positional}


def _ask(folder: Path, entry: Entry, image: str) -> list[dict[str, Any]] | None:
    """What argparse has; None where the script fails before, or uses another library."""
    words = ("timeout", "60", "python3", "-c", _TELLING, entry.path)
    told = run_inside(folder, image, words).partition(_MARK)[2]
    return json.loads(told.splitlines()[0]) if told else None


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
    yield f"| flags that are found | {share(tally.found, tally.there)} |"
    yield f"| of those listed, are flags | {share(tally.found, tally.listed)} |"
    right = share(tally.right, tally.found)
    yield f"| of those found, default, type and choices are right | {right} |"
    yield from (f"| fault | {line[:250]} |" for line in tally.faults)


if __name__ == "__main__":
    sys.exit(main())
