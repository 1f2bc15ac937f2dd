"""One variant under the supervisor: its worker, its clock, its output, and how it ended."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

from . import files, output, processes, protocol, streams

POLL_S = 0.1
QUIET_S = 0.02
"""A stream that was just read is left alone for so long, so that many small writes become one."""

INTERRUPT_GRACE_S = 2.0
EXIT_GRACE_S = 10.0


class Execution:
    """Starts the worker at once; the supervisor asks `waiting` what to watch and calls `turn`."""

    def __init__(self, work, folder, sources, send):
        self._work = work
        self._send = send
        self._folder = folder
        self.root = os.path.join(folder, "repo")
        self.cwd = os.path.normpath(os.path.join(self.root, work["cwd"]))
        self._home = os.path.join(folder, "home")
        self._cell = None
        self._finish = None
        self._stop_at = None
        self._status = None
        self._facts = {"timed_out": False, "stopped": False, "disk_full": False}
        self._ooms = processes.oom_kills()
        self.ended = False
        self._start(sources)

    # -- starting

    def _start(self, sources):
        os.makedirs(self._home, exist_ok=True)
        _provide_caches(self._home)
        self._socket, theirs = socket.socketpair()
        their_leave, self._leave = os.pipe()
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        self._pipes = {}
        budget = output.Budget(self._work["output_bytes"])
        for name, descriptor in (("stdout", out_read), ("stderr", err_read)):
            os.set_blocking(descriptor, False)
            self._pipes[descriptor] = (name, output.Stream(budget))
        self._read_at = dict.fromkeys(self._pipes, 0.0)
        self._reader = protocol.Reader()
        arguments = [str(theirs.fileno()), "worker", str(their_leave)]
        self._started = time.monotonic()
        self._deadline = self._started + self._work["timeout_s"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", protocol.BOOTSTRAP] + arguments,
            stdin=subprocess.DEVNULL,
            stdout=out_write,
            stderr=err_write,
            cwd=self.cwd,
            env=self._environment(),
            pass_fds=(theirs.fileno(), their_leave),
            start_new_session=True,
        )
        theirs.close()
        for descriptor in (their_leave, out_write, err_write):
            os.close(descriptor)
        self._tell(protocol.encode_sources(sources))
        name = os.path.relpath(os.path.join(self.root, self._work["path"]), self.cwd)
        self._tell(protocol.encode("work", work={"kind": self._work["kind"], "name": name}))

    def _environment(self):
        script = self._work["kind"] == "script"
        inline = "module://matplotlib_inline.backend_inline"
        variables = {
            "PATH": os.path.dirname(sys.executable) + ":/usr/local/bin:/usr/bin:/bin",
            "HOME": self._home,
            "USER": "learner",
            "LOGNAME": "learner",
            "LANG": "C.UTF-8",
            "PYTHONPATH": self.root,
            "PYTHONHASHSEED": "0",
            "MPLBACKEND": "Agg" if script else inline,
            "PAGER": "cat",
        }
        variables.update(self._work["environment"])
        return variables

    # -- what the supervisor calls

    def waiting(self, now):
        """(descriptors to watch, seconds until the next turn is due at the latest)."""
        watched, due = [], now + POLL_S
        for descriptor in self._pipes:
            ready_at = self._read_at[descriptor] + QUIET_S
            if ready_at <= now:
                watched.append(descriptor)
            due = min(due, ready_at) if ready_at > now else due
        if self._socket is not None:
            watched.append(self._socket.fileno())
        return watched, max(due - now, 0.0)

    def turn(self, ready):
        """Reads what is ready, keeps the clock, notices the end."""
        for descriptor in list(self._pipes):
            if descriptor in ready:
                self._read(descriptor)
        if self._socket is not None and self._socket.fileno() in ready:
            self._hear()
        self._watch_clock()
        self._watch_disk()
        if self._status is None:
            self._watch_process()
        elif self._finish is not None and not self.ended:
            self._conclude()

    def run(self, index, source):
        self._cell = index
        if self._status is None:
            self._tell(protocol.encode("cell", index=index, source=source))
        else:
            self._send("gone")

    def interrupt(self):
        self._signal(signal.SIGINT)

    def finish(self, patterns):
        """Lets the worker leave as any program does, then tells the outcome.

        A script's threads may go on until the deadline; of a notebook nothing is awaited.
        """
        self._finish = patterns
        now = time.monotonic()
        script = self._work["kind"] == "script"
        self._stop_at = max(self._deadline if script else 0.0, now + EXIT_GRACE_S)
        if self._status is None:
            self._tell(protocol.encode("exit"))

    def abandon(self):
        """Ends everything at once; nothing is told."""
        self._signal(signal.SIGKILL)
        processes.end_descendants()
        self._close()
        self.ended = True

    # -- the worker

    def _tell(self, data):
        try:
            self._socket.sendall(data)
        except (OSError, AttributeError):
            pass

    def _signal(self, number):
        if self._status is None:
            try:
                os.killpg(self._process.pid, number)
            except OSError:
                pass

    def _hear(self):
        try:
            data = self._socket.recv(2**16)
            found = self._reader.feed(data) if data else None
        except (OSError, protocol.ProtocolError):
            found = None
        if found is None:
            self._socket.close()
            self._socket = None
            return
        for message, _ in found:
            self._relay(message)

    def _hear_all(self):
        """What the worker said before it ended; its processes may still hold the other end."""
        if self._socket is not None:
            self._socket.setblocking(False)
        while self._socket is not None:
            self._hear()

    def _relay(self, message):
        """Passes on what a worker may say; it is studied code's process, so by a list of kinds."""
        kind = message.pop("type")
        message.pop("v")
        if kind == "sync":
            self._read_all()
            self._give_leave()
        elif kind in ("display", "result", "error", "clear", "note", "begun"):
            self._send(kind, **message)
        elif kind == "done" and message.get("cell") == self._cell:
            self._show_rest()
            self._cell = None
            self._send("done", **message)

    def _give_leave(self):
        try:
            os.write(self._leave, b".")
        except OSError:
            pass

    def _read(self, descriptor, final=False):
        data, ended = streams.drain(descriptor)
        self._read_at[descriptor] = time.monotonic()
        name, stream = self._pipes[descriptor]
        text = stream.take(data, final or ended)
        if text:
            self._send("stream", name=name, text=text)
        if ended or final:
            self._show(name, stream.rest())
            os.close(descriptor)
            del self._pipes[descriptor]

    def _read_all(self, final=False):
        for descriptor in list(self._pipes):
            self._read(descriptor, final)

    def _show_rest(self):
        for name, stream in self._pipes.values():
            self._show(name, stream.rest())

    def _show(self, name, text):
        if text:
            self._send("stream", name=name, text=text)

    # -- the end

    def _watch_clock(self):
        now = time.monotonic()
        if self._status is not None:
            return
        if now >= self._deadline and not self._facts["timed_out"]:
            self._facts["timed_out"] = True
            self._stop_at = now + INTERRUPT_GRACE_S
            self._signal(signal.SIGINT)
        if self._stop_at is not None and now >= self._stop_at:
            self._facts["stopped"] = True
            self._signal(signal.SIGKILL)

    def _watch_disk(self):
        try:
            status = os.statvfs(self._folder)
        except OSError:
            return
        full = status.f_bavail * status.f_frsize < 2**18
        if full or (status.f_files and not status.f_favail):
            self._facts["disk_full"] = True

    def _watch_process(self):
        pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
        if not pid:
            return
        self._status = status
        self._process.returncode = status
        self._facts["cpu_s"] = usage.ru_utime + usage.ru_stime
        self._facts["peak_memory_bytes"] = usage.ru_maxrss * 1024
        self._hear_all()
        self._read_all()
        if self._cell is not None or self._finish is None:
            self._show_rest()
            self._send("gone")
        if self._finish is not None:
            self._conclude()

    def _conclude(self):
        """Nothing of the variant lives on; what it may leave behind is copied out, then removed."""
        clean = processes.end_descendants()
        self._read_all(final=True)
        facts = dict(self._facts, elapsed_s=time.monotonic() - self._started, clean=clean)
        facts["oom_kills"] = processes.oom_kills() - self._ooms
        killed = os.WIFSIGNALED(self._status)
        facts["signal"] = os.WTERMSIG(self._status) if killed else None
        facts["exit_code"] = None if killed else os.WEXITSTATUS(self._status)
        facts["notes"] = self._send_files()
        self._close()
        self.ended = True
        self._send("outcome", **facts)

    def _send_files(self):
        found = files.collect(self.cwd, self._finish)
        for path, size in found.files:
            try:
                for part in files.parts(self.cwd, path, size):
                    self._send("file", part, path=path, last=False)
                self._send("file", b"", path=path, last=True)
            except OSError as error:
                found.notes.append("not copied: {} ({})".format(path, error.strerror))
        return found.notes[:100]

    def _close(self):
        for descriptor in list(self._pipes):
            os.close(descriptor)
        self._pipes = {}
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        os.close(self._leave)
        for folder in (self.root, self._home):
            files.remove(folder)


def _provide_caches(home):
    """Copies what the environment prepared for every home (font lists) into this one."""
    prepared = os.path.join(sys.prefix, "home")
    if not os.path.isdir(prepared):
        return
    for name in os.listdir(prepared):
        source, target = os.path.join(prepared, name), os.path.join(home, name)
        if os.path.isdir(source):
            shutil.copytree(source, target, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, target)
