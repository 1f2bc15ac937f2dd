"""One variant in one interpreter: receives cells, runs them, says how each ended.

Fresh, or a copy of one that stopped where variants part.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, Iterable, Mapping

from . import (
    branching,
    leaving,
    processes,
    protocol,
    publishing,
    seeds,
    shells,
    streams,
    surroundings,
)

_ITSELF = "the program changes environment variables by itself"


def main(descriptor: int, _sources: Mapping[str, str]) -> None:
    """Runs until told to finish, then leaves as `python script.py` would."""
    processes.die_with_parent()
    processes.prefer_as_oom_victim()
    channel = streams.Channel(descriptor, int(sys.argv[3]))
    door = branching.Door(int(sys.argv[4]), channel)
    seeds.watch()
    streams.install(channel)
    worker = Worker(channel, door)
    worker.serve()
    worker.leave()


class Worker:
    """Obeys its supervisor; between cells an interrupt has nothing to stop."""

    def __init__(self, channel: streams.Channel, door: branching.Door) -> None:
        self._channel = channel
        self._door = door
        self._publisher = publishing.Publisher(channel)
        self._shell: Any = None
        self._kind = ""
        self._on_interrupt: Any = signal.default_int_handler
        self._before: set[str] = set()
        self._note: str | None = None
        self._variables: dict[str, str] = {}

    def serve(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while self._channel.is_ours:
            message = self._channel.receive()
            if message is None:
                return
            if message["type"] == "exit":
                self._tell_modules(asked=message["learn"])
                return
            self._obey(message["type"], message)

    def leave(self) -> None:
        """As its program would; returns where only the interpreter can."""
        self._channel.sync()
        if self._channel.is_ours and self._shell is not None:
            leaving.leave(self._door.own(), thoroughly=self._kind == "script")

    def _obey(self, kind: str, message: protocol.Fields) -> None:
        if kind == "warm":
            self._warm(message)
        elif kind == "work":
            self._open(message["work"])
            self._channel.send("begun")
        elif kind == "branch":
            self._door.branch(self._values)
        else:
            self._run(message["index"], message["source"])

    def _warm(self, message: protocol.Fields) -> None:
        """Unsound where variables are other ones now than after the program that imported this.

        The program changed them itself then, and may have told its imports by them how to be.
        """
        self._open_shell(message["entry"])
        before = dict(os.environ)
        failed = branching.warm(message["modules"])
        unsound = self._door.obstacle()
        if message["changed"] is not None and unsound is None:
            other = sorted(set(_changed(before)).symmetric_difference(message["changed"]))
            names = ", ".join(dict.fromkeys(one.partition("=")[0] for one in other))
            unsound = f"{_ITSELF}: {names}" if other else None
        self._channel.send("warmed", failed=failed, unsound=unsound)

    def _tell_modules(self, *, asked: bool) -> None:
        """Those of the environment that the program imported; its own are left out."""
        changed = _changed(self._variables) if asked else []
        if len(changed) > protocol.MAX_CHANGED:
            self._channel.send("note", text=f"its imports are not loaded beforehand: {_ITSELF}")
        elif asked:
            own = os.environ["PYTHONPATH"].split(os.pathsep)
            names = [name for name in list(sys.modules) if name not in self._before]
            found = [one for one in names if _is_installed(one, own)]
            self._channel.send("modules", names=found, changed=changed)

    def _values(self) -> Iterable[object]:
        return list(vars(sys.modules["__main__"]).values())

    def _open(self, work: Mapping[str, str]) -> None:
        """The repository is on the path only afterwards: its modules may be named as ours."""
        os.chdir(work["cwd"])
        if self._shell is None:
            self._open_shell(work["kind"])
        if self._note:
            self._channel.send("note", text=self._note)
        self._before = set(sys.modules)
        sys.argv[:] = [work["name"]]
        # As the real thing has them: the folder of the program, PYTHONPATH, then all the rest.
        first = os.path.abspath(work["first"]) if work["kind"] == "script" else ""
        before, behind = surroundings.arranged(work["search_path"].split(os.pathsep), sys.path)
        sys.path[:] = [first, *before, *sys.path, *behind]
        os.environ["PYTHONPATH"] = work["search_path"]
        self._variables = dict(os.environ)

    def _open_shell(self, kind: str) -> None:
        """Before anything else is imported: it decides where plots go."""
        self._kind = kind
        if kind == "script":
            self._shell = shells.script_shell(self._publisher)
        else:
            self._shell, self._note = shells.notebook_shell(self._publisher)

    def _run(self, index: int, source: str) -> None:
        self._publisher.cell = index
        try:
            signal.signal(signal.SIGINT, self._on_interrupt)
            status, count, code = self._shell.run(source)
            self._on_interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        except KeyboardInterrupt as error:  # outside of the cell's own statements
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self._publisher.error("KeyboardInterrupt", error, ["KeyboardInterrupt"])
            status, count, code = "error", None, None
        self._on_interrupt = self._on_interrupt or signal.default_int_handler
        self._channel.conclude("done", cell=index, status=status, count=count, exit_code=code)


def _changed(before: Mapping[str, str]) -> list[str]:
    """Variables that are other ones now, as `NAME=value`; `NAME` alone where it is gone."""
    now = dict(os.environ)
    new = [f"{name}={value}" for name, value in now.items() if before.get(name) != value]
    return sorted(new + [name for name in before if name not in now])


def _is_installed(name: str, own: Iterable[str]) -> bool:
    """Whether importing it again anywhere gives the same module."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    origin = getattr(spec, "origin", None)
    if getattr(spec, "name", None) != name or not isinstance(origin, str):
        return False
    return origin.startswith((sys.prefix, sys.base_prefix)) and not origin.startswith(tuple(own))
