"""The worker as its supervisor holds it: its process, and our ends of what connects the two."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import subprocess
import sys
from typing import Any, Mapping

from . import protocol
from .outlet import Outlet


class Child:
    """Starts a worker; raises OSError where it cannot be started, and leaves nothing open then.

    Attributes:
        pipes: descriptor → `stdout` or `stderr`.
        socket: what the worker says; None once it says no more.
    """

    def __init__(self, work: Mapping[str, Any], folder: str, sources: Mapping[str, str]) -> None:
        root, home = os.path.join(folder, "repo"), os.path.join(folder, "home")
        self.cwd = _working_directory(root, work["cwd"])
        os.makedirs(home, exist_ok=True)
        _provide_caches(home)
        environment = _environment(work, root, home)
        search_path = environment.pop("PYTHONPATH")
        with contextlib.ExitStack() as undo:
            self._open(undo)
            self._start(environment)
            undo.pop_all()
        self._outlet = Outlet(self.socket.fileno())
        self._say(protocol.encode_sources(sources))
        name = os.path.relpath(os.path.join(root, work["path"]), self.cwd)
        first = "" if work.get("as_module") else os.path.dirname(name)
        self.tell(
            "work",
            work={"kind": work["kind"], "name": name, "first": first, "search_path": search_path},
        )

    def _open(self, undo: contextlib.ExitStack) -> None:
        self.socket, self._theirs = socket.socketpair()
        undo.callback(self.socket.close)
        undo.callback(self._theirs.close)
        ends = []
        for _ in range(3):
            pair = os.pipe()
            ends.append(pair)
            for end in pair:
                undo.callback(os.close, end)
        (self._their_leave, self._leave), (out, self._out), (err, self._err) = ends
        self.pipes: dict[int, str] = {out: "stdout", err: "stderr"}

    def _start(self, environment: Mapping[str, str]) -> None:
        theirs = self._theirs.fileno()
        arguments = [str(theirs), "worker", str(self._their_leave)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", protocol.BOOTSTRAP, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
            cwd=self.cwd,
            env=environment,
            pass_fds=(theirs, self._their_leave),
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._theirs.close()
        for end in (self._their_leave, self._out, self._err):
            os.close(end)
        for end in self.pipes:
            os.set_blocking(end, False)

    @property
    def unsent(self) -> int:
        return self._outlet.size

    def tell(self, kind: str, **fields: object) -> None:
        """Sends a command, now or as soon as the worker takes it; nothing once it is gone."""
        self._say(protocol.encode(kind, None, **fields))

    def _say(self, data: bytes) -> None:
        if self.socket.fileno() >= 0:
            with contextlib.suppress(OSError):
                self._outlet.add(data)

    def flush(self) -> None:
        self._say(b"")

    def give_leave(self) -> None:
        """Lets the worker go on after its `sync`."""
        if self._leave >= 0:
            with contextlib.suppress(OSError):
                os.write(self._leave, b".")

    def signal(self, number: int) -> None:
        """To the worker and all that stayed in its process group."""
        with contextlib.suppress(OSError):
            os.killpg(self.pid, number)

    def ended(self, status: int) -> None:
        """The process was waited for elsewhere."""
        self._process.returncode = status

    def hang_up(self) -> None:
        """Nothing more is said or heard; a worker that waits for leave is let go."""
        self.socket.close()
        if self._leave >= 0:
            os.close(self._leave)
            self._leave = -1

    def close_pipe(self, descriptor: int) -> None:
        os.close(descriptor)
        del self.pipes[descriptor]

    def close(self) -> None:
        self.hang_up()
        for descriptor in list(self.pipes):
            self.close_pipe(descriptor)


def _working_directory(root: str, relative: str) -> str:
    path = os.path.normpath(os.path.join(root, relative))
    inside = os.path.realpath(path) + os.sep
    if not inside.startswith(os.path.realpath(root) + os.sep) or not os.path.isdir(path):
        raise NotADirectoryError(errno.ENOTDIR, "the repository has no such folder", relative)
    return path


def _environment(work: Mapping[str, Any], root: str, home: str) -> dict[str, str]:
    variables = {
        "PATH": os.path.dirname(sys.executable) + ":/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "USER": "learner",
        "LOGNAME": "learner",
        "LANG": "C.UTF-8",
        "PYTHONPATH": root,
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "Agg",
        "PAGER": "cat",
        # no display, no sound
        "QT_QPA_PLATFORM": "offscreen",
        "SDL_AUDIODRIVER": "dummy",
        "SDL_VIDEODRIVER": "dummy",
        "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    }
    variables.update(work["environment"])
    return variables


def _provide_caches(home: str) -> None:
    """Copies what the environment prepared for every home (font lists) into this one."""
    environment = os.path.dirname(os.path.dirname(sys.executable))
    prepared = os.path.join(environment, "home")
    is_own = os.path.isfile(os.path.join(environment, "pyvenv.cfg"))
    if not is_own or not os.path.isdir(prepared):
        return
    for name in os.listdir(prepared):
        source, target = os.path.join(prepared, name), os.path.join(home, name)
        if os.path.isdir(source):
            shutil.copytree(source, target, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, target)
