"""What Guild AI lists to be changed in scripts and notebooks, beside what `scan` lists.

Guild runs a script to learn its flags, so `guild run SCRIPT --help-op` is started in containers.
Packages that are missing there have stand-ins while a script is run for its flags.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from sandbox import tunables
from sandbox.domain import Entry, Tunable
from sandbox.interfaces import MemoryTree

from .containers import STAND_INS, run_inside, write_files
from .repositories import Repository, find_repositories

_PACKAGES = ("guildai", "setuptools<81", "ipython<8", "nbconvert", "nbformat")
_MARK = "ENTRY: "
_FLAG = re.compile(r"^  ([^\s(][^\s]*)(?:  .*)?$")
_STAND_INS = f"""{STAND_INS}
import sys
if "guild.plugins.import_argparse_flags_main" in " ".join(sys.orig_argv):
    sys.meta_path.append(StandIns())
"""
_ASK = """
mkdir -p /tmp/guild; export GUILD_HOME=/tmp/guild PYTHONPATH={stand_ins}
for entry in "$@"; do
  echo "ENTRY: $entry"
  timeout 60 {python} -m guild.main_bootstrap run "$entry" --help-op 2>/dev/null
done
"""


@dataclass
class Tally:
    """What either lists, and what the other does of it."""

    entries: int = 0
    repositories: set[str] = field(default_factory=set)
    theirs: int = 0
    ours: int = 0
    both: int = 0
    missing: list[str] = field(default_factory=list)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="repositories, bare or not, are below")
    parser.add_argument("--only", default="*", help="owner/name with wildcards, commas between")
    parser.add_argument("--most", type=int, default=6, help="entries of one repository")
    parser.add_argument("--image", required=True, help="a Docker image with this /usr/bin/python3")
    given = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as tools:
        python = _installed(Path(tools))
        for one in find_repositories(given.folder):
            if any(fnmatch(one.name.lower(), each) for each in given.only.lower().split(",")):
                _try(one, tally, given.most, (given.image, python))
    for line in _table(tally):
        print(line)
    return 0


def _installed(tools: Path) -> Path:
    """Python with Guild, in a folder that can be mounted."""
    tools.chmod(0o755)
    subprocess.run(["/usr/bin/python3", "-m", "venv", str(tools / "guild")], check=True)
    python = tools / "guild" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", *_PACKAGES]
    subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
    (tools / "stand_ins").mkdir()
    (tools / "stand_ins" / "sitecustomize.py").write_text(_STAND_INS)
    return python


def _try(repository: Repository, tally: Tally, most: int, tool: tuple[str, Path]) -> None:
    files = repository.files()
    tree = MemoryTree(files)
    entries = tunables.find_entries(tree)[:most]
    image, python = tool
    tools = python.parents[2]
    ask = _ASK.format(stand_ins=tools / "stand_ins", python=python)
    words = ("sh", "-c", ask, "sh", *(entry.path for entry in entries))
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), files)
        told = run_inside(Path(folder), image, words, mounts=[tools])
    for entry, text in zip(entries, told.split(_MARK)[1:], strict=True):
        theirs = list(_flags(text))
        if theirs:
            tally.repositories.add(repository.name)
            _count(tally, f"{repository.name} {entry.path}", theirs, _ours(tree, entry))
    print(f"{repository.name}: {tally.theirs} and {tally.ours} so far", file=sys.stderr)


def _flags(text: str) -> Iterator[str]:
    """Names in the part of a help text that lists flags."""
    for line in text.partition("\nFlags:\n")[2].splitlines():
        if found := _FLAG.match(line):
            yield found[1]


def _ours(tree: MemoryTree, entry: Entry) -> tuple[Tunable, ...]:
    return tunables.scan(tree, entry)


def _count(tally: Tally, where: str, theirs: list[str], ours: tuple[Tunable, ...]) -> None:
    known = {_plain(word) for one in ours for word in _words(one)}
    lost = [name for name in theirs if _plain(name) not in known]
    tally.entries += 1
    tally.theirs += len(theirs)
    tally.ours += len(ours)
    tally.both += len(theirs) - len(lost)
    tally.missing += [f"{where}: {name}" for name in lost]


def _words(one: Tunable) -> Iterator[str]:
    """What it is called: its name, and the last part of its full one."""
    yield one.name
    yield re.split(r"[.:]", one.qualified_name.partition("#")[0])[-1]


def _plain(name: str) -> str:
    return name.lstrip("-").replace("_", "-").lower()


def _table(tally: Tally) -> Iterator[str]:
    yield f"| scripts and notebooks, of {len(tally.repositories)} repositories | {tally.entries} |"
    yield "|---|--:|"
    yield f"| listed by Guild AI | {tally.theirs} |"
    yield f"| of those, by scan | {tally.both} |"
    ratio = tally.ours / max(tally.theirs, 1)
    yield f"| listed by scan | {tally.ours} = {ratio:.1f} times as many |"
    yield from (f"| missing | {line[:200]} |" for line in tally.missing)


if __name__ == "__main__":
    sys.exit(main())
