"""One variant in one fresh interpreter: receives cells, runs them, says how each ended."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, Mapping

from . import processes, publishing, shells, streams


def main(descriptor: int, _sources: Mapping[str, str]) -> None:
    """Runs until told to finish, then leaves as `python script.py` would."""
    processes.die_with_parent()
    processes.prefer_as_oom_victim()
    channel = streams.Channel(descriptor, int(sys.argv[3]))
    message = channel.receive()
    if message is None:
        return
    streams.install(channel)
    publisher = publishing.Publisher(channel)
    shell = _open_shell(message["work"], publisher, channel)
    channel.send("begun")
    _serve(channel, publisher, shell)
    channel.sync()


def _open_shell(
    work: Mapping[str, str], publisher: publishing.Publisher, channel: streams.Channel
) -> Any:
    """The repository is on the path only afterwards: its modules may be named as the library's."""
    arguments = [work["name"]]
    script = work["kind"] == "script"
    if script:
        shell: Any = shells.script_shell(publisher, arguments)
    else:
        shell, note = shells.notebook_shell(publisher, arguments)
        if note:
            channel.send("note", text=note)
    # As the real thing has them: the folder of the program, PYTHONPATH, then all the rest.
    first = os.path.abspath(work["first"]) if script else ""
    sys.path[:0] = [first, *work["search_path"].split(os.pathsep)]
    os.environ["PYTHONPATH"] = work["search_path"]
    return shell


def _serve(channel: streams.Channel, publisher: publishing.Publisher, shell: Any) -> None:
    """Cells one after another; between them an interrupt has nothing to stop."""
    handler: Any = signal.default_int_handler
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while channel.is_ours:
        message = channel.receive()
        if message is None or message["type"] == "exit":
            return
        publisher.cell = message["index"]
        try:
            signal.signal(signal.SIGINT, handler)
            status, count, code = shell.run(message["source"])
            handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        except KeyboardInterrupt as error:  # outside of the cell's own statements
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            publisher.error("KeyboardInterrupt", error, ["KeyboardInterrupt"])
            status, count, code = "error", None, None
        handler = handler or signal.default_int_handler
        channel.send("done", cell=message["index"], status=status, count=count, exit_code=code)
