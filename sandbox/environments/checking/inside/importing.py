"""Imports what it is asked to and says how that went, a line of JSON for each.

Reads `{"names": [...], "patience_s": 120, "known": [...]}`; a name is `module`, or `module:name`
for what `from module import name` does. One process imports all that is below one top-level module,
for the second import of a large library costs nothing; whatever breaks goes on in a fresh one. That
one imports what is known to import, and tries each name that is left in a fork of its own: where
ten of a group break, what they are built upon is imported twice and not ten times. What works in a
fork, and leaves it without threads, is imported before the forks that follow, too.

What imported in another Environment is not imported again where all of that one's packages are
here, too, and those that are here besides have nothing that it found, or looked for in vain.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.environments.checking.inside.describing import SHOWN, describe
    from sandbox.environments.checking.inside.elsewhere import Installed, Watch
else:
    from sandbox_describing import SHOWN, describe
    from sandbox_elsewhere import Installed, Watch

MOST_JOBS = 4
LONG = 65536


class _Group:
    """Names of one top-level module.

    Attributes:
        ready: what is imported before them, each of them then in a fork; empty = in one process.
        alone: forks do not suit them.
    """

    def __init__(self, names: list[str], ready: list[str], *, alone: bool) -> None:
        self.names, self.ready, self.alone = names, ready, alone


class _Child:
    """A process that imports one group, and what is left for it to tell of."""

    def __init__(self, group: _Group) -> None:
        self.group = group
        self.names = list(group.names)
        self.ready = list(group.ready)
        self.seen_at = time.monotonic()
        self.text = b""
        self.late = False
        self.status: int | None = None
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by finish
        self.reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.reader)
            _become(writer, self.errors.fileno(), self.names, self.ready)
        os.close(writer)

    def feed(self, data: bytes) -> None:
        """Passes on what is whole; what was imported may write here, too."""
        self.seen_at = time.monotonic()
        *lines, self.text = (self.text + data)[-LONG:].split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError, TypeError):
                self._hear(**json.loads(line))

    def _hear(
        self,
        name: str,
        error: str | None,
        gone: str,
        ready: list[str],
        touched: list[list[str]] | None = None,
    ) -> None:
        if name not in self.names:
            return
        told = [one for one in self.names if one == name or (gone and _is_below(one, gone))]
        for one in told:
            self.names.remove(one)
            _tell(one, error, touched)
        self.ready += ready

    def has_ended(self) -> bool:
        """Whether the process is gone; a grandchild may hold its pipe open."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
        return self.status is not None

    def kill(self) -> None:
        self.late = True
        self.kill_group()

    def kill_group(self) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)

    def finish(self, patience_s: float) -> _Group:
        """What is left for another process; a name that ended this one is told."""
        os.close(self.reader)
        while not self.has_ended():
            time.sleep(0.01)
        self.kill_group()
        status = self.status or 0
        silent = len(self.names) == len(self.group.names)
        unfit = bool(self.group.ready) and (self.late or silent)
        if self.names and (status or silent) and not unfit:
            last = _last_line(self.errors)
            end = f"it did not end within {patience_s:g} s" if self.late else _ending(status)
            _tell(self.names.pop(0), end + (": " + last if last else ""))
        alone = self.group.alone or unfit
        self.errors.close()
        return _Group(self.names, [] if alone else self.ready, alone=alone)


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "the process was ended by " + signal.Signals(os.WTERMSIG(status)).name
    return f"the process ended with exit code {os.WEXITSTATUS(status)}"


def _become(writer: int, errors: int, names: list[str], ready: list[str]) -> None:
    """The child's life: import one after the other until something breaks, or each in a fork."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream, target in ((0, null), (1, null), (2, errors)):
        os.dup2(target, stream)
    sys.argv = ["sandbox"]
    known = set(sys.modules)
    watch: Any = Watch()
    sys.meta_path.append(watch)
    if any(_attempt(name)[0] for name in ready):
        os._exit(1)
    for name in names:
        fork = _Fork() if ready else None
        if fork and not fork.is_here:
            if fork.has_worked() and name != names[-1] and _attempt(name)[0]:
                break  # which is strange: the next one is for a process of its own
            continue
        error, blamed = _attempt(name)
        broken = bool(error and blamed)
        said = {
            "name": name,
            "error": error + blamed or None,
            "gone": _gone(name) if broken else "",
            "ready": _others(name, known) if broken else [] if error else [name],
            "touched": None if error or ready else watch.touched(),
        }
        os.write(writer, json.dumps(said).encode() + b"\n")
        if fork and not error:
            fork.tell()
        if broken or ready:
            break  # modules that are half imported give the next one false errors
    os._exit(0)


class _Fork:
    """A fork of this process, in which one name is imported.

    Attributes:
        is_here: true in the fork; false in this process, which goes on when the fork has ended
            well, and else ends as it did.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        pid = os.fork()
        self.is_here = pid == 0
        if pid:
            os.close(self._writer)
            _end_as(os.waitpid(pid, 0)[1])

    def tell(self) -> None:
        """In the fork: the import has worked, and none but the first thread is there."""
        if len(os.listdir("/proc/self/task")) == 1:
            os.write(self._writer, b"1")

    def has_worked(self) -> bool:
        """In this process: whether the fork has told that."""
        os.set_blocking(self._reader, False)  # a grandchild may hold the other end open
        try:
            return bool(os.read(self._reader, 1))
        except BlockingIOError:
            return False
        finally:
            os.close(self._reader)


def _end_as(status: int) -> None:
    """Returns where a process ended well."""
    if os.WIFSIGNALED(status):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    if status:
        os._exit(os.WEXITSTATUS(status))


def _gone(name: str) -> str:
    """The outermost module whose own text broke: nothing below it can be imported."""
    parts = name.partition(":")[0].split(".")
    dotted = [".".join(parts[: count + 1]) for count in range(len(parts))]
    return next((one for one in dotted if one not in sys.modules), "")


def _is_below(name: str, module: str) -> bool:
    path = name.partition(":")[0]
    return path == module or path.startswith(module + ".")


def _others(name: str, known: set[str]) -> list[str]:
    """Top-level modules of other packages that it has wholly imported before it broke."""
    own = name.partition(":")[0].partition(".")[0]
    tops = [one for one in sys.modules if "." not in one and one not in known and one != own]
    return [one for one in tops if _is_whole(sys.modules[one])]


def _is_whole(module: Any) -> bool:
    where = getattr(module, "__file__", None) or ""
    spec = getattr(module, "__spec__", None)
    whole = spec is not None and not getattr(spec, "_initializing", False)
    return whole and "/site-packages/" in str(where)


def _attempt(name: str) -> tuple[str, str]:
    """The error as text, empty when there is none, and in whose file it happened."""
    module, _, member = name.partition(":")
    statement = f"from {module} import {member}" if member else f"import {module}"
    try:
        exec(compile(statement, "<sandbox>", "exec"), {"__name__": "__main__"})
    except BaseException as error:
        return describe(error)
    return "", ""


def _last_line(stream: IO[bytes]) -> str:
    stream.seek(0, os.SEEK_END)
    stream.seek(max(0, stream.tell() - 4096))
    lines = stream.read().decode("utf-8", "replace").split("\n")
    told = [" ".join(line.split()) for line in lines if line.strip()]
    return told[-1][:SHOWN] if told else ""


def _tell(name: str, error: str | None, touched: list[list[str]] | None = None) -> None:
    said = {"name": name, "error": error, "touched": touched}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _grouped(names: list[str]) -> list[_Group]:
    groups: dict[str, list[str]] = {}
    for name in names:
        top = name.partition(":")[0].partition(".")[0]
        groups.setdefault(top, []).append(name)
    return [_Group(group, [], alone=False) for group in groups.values()]


def _attend(running: dict[int, _Child], patience_s: float) -> list[_Group]:
    """Hear the processes for a second at most; gives what those that ended have left."""
    left = []
    heard = select.select(list(running), [], [], 1.0)[0]
    for reader, child in list(running.items()):
        data = os.read(reader, LONG) if reader in heard else b""
        if data:
            child.feed(data)
        elif reader in heard or (child.has_ended() and not _says_more(reader)):
            left.append(running.pop(reader).finish(patience_s))
        elif time.monotonic() - child.seen_at > patience_s and not child.late:
            child.kill()
    return [group for group in left if group.names]


def _says_more(reader: int) -> bool:
    """Whether something came between listening and the end of who said it."""
    return bool(select.select([reader], [], [], 0)[0])


def main() -> None:
    """Several groups at a time, until nothing is left."""
    asked = json.load(sys.stdin)
    names = asked["names"]
    here = Installed() if asked["known"] else None
    for known in asked["known"]:
        for name in here.unchanged(known) if here else ():
            if name in names:
                names.remove(name)
                _tell(name, None, known["names"][name])
    waiting = _grouped(names)
    running: dict[int, _Child] = {}
    jobs = min(MOST_JOBS, os.cpu_count() or 1)
    while waiting or running:
        while waiting and len(running) < jobs:
            child = _Child(waiting.pop(0))
            running[child.reader] = child
        waiting += _attend(running, asked["patience_s"])


if __name__ == "__main__":
    main()
