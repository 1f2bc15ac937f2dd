"""Imports what it is asked to and says how that went, a line of JSON for each.

Reads `{"names": [...], "patience_s": 120, "known": [...]}`; a name is `module`, or `module:name`
for what `from module import name` does. One process imports all that is below one top-level module,
for the second import of a large library costs nothing; whatever breaks goes on in a fresh one. That
one imports what is known to import, and tries each name that is left in a fork of its own: where
ten of a group break, what they are built upon is imported twice and not ten times.

What imported in another Environment is not imported again where all of that one's packages are
here, too, and those that are here besides have nothing that it found, or looked for in vain.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.environments.checking.inside.elsewhere import Installed, Watch
else:
    from sandbox_elsewhere import Installed, Watch

MOST_JOBS = 4
LONG = 65536
NO_LIBRARY = "cannot open shared object file"
FILES = 300  # of one distribution, that are looked at
MOST_LIBRARIES = 20
SHOWN = 400  # characters of a message, its head and its end


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
        if ready and not _is_fork():
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
        if broken or ready:
            break  # modules that are half imported give the next one false errors
    os._exit(0)


def _is_fork() -> bool:
    """True in a fork; False here, once that has ended well, else this ends as it did."""
    pid = os.fork()
    if pid == 0:
        return True
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    if status:
        os._exit(os.WEXITSTATUS(status))
    return False


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
        said = _describe(error)
        if NO_LIBRARY in said:
            said += _also_missing(error)
        return said, _place(error)
    return "", ""


def _describe(error: BaseException) -> str:
    """Type and message; what it was raised over as well, where that is another error."""
    text = _line_of(error)
    first = _root_of(error)
    if first is error:
        return text
    before = _line_of(first)
    return text if before.partition(": ")[2] in text else f"{text} (after {before})"


def _line_of(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "its message cannot be shown"
    if isinstance(error, ImportError) and error.path:
        text = text.replace(f" ({error.path})", "")  # says nothing outside
    if len(text) > SHOWN:
        text = f"{text[: SHOWN * 3 // 4]} … {text[-SHOWN // 4 :]}"
    return f"{type(error).__name__}: {text}"


def _root_of(error: BaseException) -> BaseException:
    for _ in range(10):
        earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if earlier is None:
            break
        error = earlier
    return error


def _place(error: BaseException) -> str:
    """` [in NAME VERSION]`: the distribution whose file broke; empty = none, the name is absent."""
    site, relative = _innermost(error)
    if not relative:
        return ""
    return f" [in {_distribution(site, relative) or relative.partition('/')[0]}]"


def _innermost(error: BaseException) -> tuple[str, str]:
    """The folder of all packages, and the file in it that broke; empty = none."""
    files = []
    trace = error.__traceback__
    while trace is not None:
        files.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        files.append(error.filename)
    others = [path for path in files if "/site-packages/" in path]
    site, mark, relative = others[-1].rpartition("/site-packages/") if others else ("", "", "")
    return site + mark, relative


def _also_missing(error: BaseException) -> str:
    """The other libraries that are linked to in vain: the loader names the first.

    Those of the compiled module, where the loader tells which that is, else of its whole package.
    """
    path = str(getattr(error, "path", None) or "")
    is_library = ".so" in os.path.basename(path) and os.path.isfile(path)
    libraries = [path] if is_library else _libraries_around(error)
    try:
        listed = subprocess.run(
            ["ldd", *libraries],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = listed.stdout.decode("utf-8", "replace").splitlines()
    missing = {line.split()[0] for line in lines if line.endswith("=> not found")}
    others = sorted(missing - set(str(error).split(":")))[:MOST_LIBRARIES]
    return f" (also missing: {', '.join(others)})" if others else ""


def _libraries_around(error: BaseException) -> list[str]:
    site, relative = _innermost(error)
    top = os.path.join(site, relative.partition("/")[0])
    files = (os.path.join(at, name) for at, _, names in os.walk(top) for name in names)
    return [path for path in files if ".so" in os.path.basename(path)][:FILES] if relative else []


def _distribution(site: str, relative: str) -> str | None:
    for info in sorted(os.listdir(site)):
        if info.endswith(".dist-info"):
            try:
                with open(os.path.join(site, info, "RECORD"), encoding="utf-8") as stream:
                    if any(line.startswith(relative + ",") for line in stream):
                        return info[: -len(".dist-info")].replace("-", " ")
            except (OSError, UnicodeDecodeError):
                continue
    return None


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
