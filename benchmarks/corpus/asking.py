"""Asks scripts for the flags that argparse has when they run, in containers without network.

Two ways to have what they import: an image that has Python and next to nothing else, where whatever
is missing has a stand-in; or the Environment that `sandbox build` makes for the script. There only
that has one without which the script does not come to its flags.
"""

from __future__ import annotations

import io
import json
import posixpath
import re
import sys
import tarfile
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import api
from sandbox.domain import Entry
from sandbox.errors import SandboxError
from sandbox.interfaces import Step

from .containers import STAND_INS, run_inside, write_files
from .repositories import Repository

_MARK = "FLAGS: "
_PATIENCE_S = 240
_MISSING = re.compile(r"No module named '(\w+)")
_MOST_MISSING = 6
_TELLING = f"""
import argparse, json, os, runpy, sys
{STAND_INS}
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
    told = dict(flags=list(flags(parser)), stand_ins=sorted(stand_ins.made))
    print("\\n{_MARK}" + json.dumps(told, default=str), flush=True)
    os._exit(0)

argparse.ArgumentParser.parse_args = argparse.ArgumentParser.parse_known_args = tell
script, folder, way, *names = sys.argv[1:]
stand_ins = StandIns(names)
if way != "unpack" or names:
    sys.meta_path.append(stand_ins)
if way == "unpack":
    import tarfile
    os.mkdir("/tmp/repo")
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as files:
        files.extractall("/tmp/repo")
    os.chdir("/tmp/repo")
sys.path[:0] = [os.path.dirname(os.path.abspath(script)), os.getcwd()]
sys.argv[:] = [os.path.relpath(script, folder)]
os.chdir(folder)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True)
class Answer:
    """What argparse has of a script.

    Attributes:
        stand_ins: modules that something stood in for.
    """

    flags: list[dict[str, Any]]
    stand_ins: tuple[str, ...] = ()


Ask = Callable[[Entry], Answer | None]


class Asker(ABC):
    """Opens a repository; what is opened gives an Answer for a script, None where it fails."""

    @abstractmethod
    def opened(
        self, repository: Repository, files: Mapping[str, bytes]
    ) -> AbstractContextManager[Ask]: ...


class InImage(Asker):
    """In a Docker image that has python3; all that is missing there has a stand-in."""

    def __init__(self, image: str) -> None:
        self._image = image

    @contextmanager
    def opened(self, repository: Repository, files: Mapping[str, bytes]) -> Iterator[Ask]:
        _ = repository
        with tempfile.TemporaryDirectory() as folder:
            write_files(Path(folder), files)

            def ask(entry: Entry) -> Answer | None:
                words = ("timeout", "60", "python3", "-c", _TELLING, *_where(entry), "mounted")
                return _read(run_inside(Path(folder), self._image, words))

            yield ask


class Installed(Asker):
    """In the Environment that `sandbox build` makes for each script.

    Args:
        home: a `$SANDBOX_HOME` for it.
    """

    def __init__(self, home: Path) -> None:
        self._context = api.connect(home, tell=lambda line: print(f"  {line}", file=sys.stderr))

    @contextmanager
    def opened(self, repository: Repository, files: Mapping[str, bytes]) -> Iterator[Ask]:
        name, archive = repository.workspace, _packed(files)
        api.open_workspace(self._context, str(repository.folder.absolute()), name=name)

        def ask(entry: Entry) -> Answer | None:
            try:
                build = api.build(self._context, name, entry.path).built.build
            except SandboxError as error:
                print(f"  {entry.path} cannot be built: {error.message}", file=sys.stderr)
                return None
            missing: list[str] = []
            for _ in range(_MOST_MISSING):
                words = (*_where(entry), "unpack", *missing)
                said = self._told(build.base, build.python, words, archive)
                lost = _MISSING.findall(said)
                if (answer := _read(said)) is not None or not lost or lost[-1] in missing:
                    break
                missing.append(lost[-1])
            if answer is None:
                print(f"  {said[-1500:]}", file=sys.stderr)
            return answer

        yield ask

    def _told(self, base: str, python: str, words: tuple[str, ...], archive: bytes) -> str:
        command = (python, "-c", _TELLING, *words)
        variables = {"HOME": "/tmp", "MPLBACKEND": "Agg"}  # noqa: S108 - inside the container
        step = Step(base, command, stdin=[archive], environment=variables, timeout_s=_PATIENCE_S)
        return self._context.engine.workbench().run(step).output


def _where(entry: Entry) -> tuple[str, str]:
    """The script, and the folder it runs in: its own, or the one that is told."""
    return entry.path, entry.cwd or posixpath.dirname(entry.path) or "."


def _packed(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for path, data in files.items():
            one = tarfile.TarInfo(path)
            one.size = len(data)
            archive.addfile(one, io.BytesIO(data))
    return held.getvalue()


def _read(said: str) -> Answer | None:
    told = said.partition(_MARK)[2]
    if not told:
        return None
    fields = json.loads(told.splitlines()[0])
    return Answer(fields["flags"], tuple(fields["stand_ins"]))
