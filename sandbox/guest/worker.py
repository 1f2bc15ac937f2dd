"""One variant in one fresh interpreter: receives cells, runs them, says how each ended."""

import os
import signal
import sys

from . import processes, shells, streams


def main(descriptor, _sources):
    """Runs until told to finish, then leaves as `python script.py` would."""
    processes.prefer_as_oom_victim()
    channel = streams.Channel(descriptor, int(sys.argv[3]))
    message = channel.receive()
    if message is None:
        return
    streams.install(channel)
    publisher = shells.Publisher(channel)
    shell = _open_shell(message["work"], publisher, channel)
    channel.send("begun")
    _serve(channel, publisher, shell)
    channel.sync()


def _open_shell(work, publisher, channel):
    """`sys.path[0]` and `sys.argv` as the real thing has them."""
    arguments = [work["name"]]
    if work["kind"] == "script":
        sys.path[0] = os.getcwd()
        return shells.script_shell(publisher, arguments)
    sys.path[0] = ""
    shell, note = shells.notebook_shell(publisher, arguments)
    if note:
        channel.send("note", text=note)
    return shell


def _serve(channel, publisher, shell):
    """Cells one after another; between them an interrupt has nothing to stop."""
    handler = signal.default_int_handler
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        message = channel.receive()
        if message is None or message["type"] == "exit":
            return
        publisher.cell = message["index"]
        try:
            signal.signal(signal.SIGINT, handler)
            status, count, code = shell.run(message["source"])
        except KeyboardInterrupt:
            status, count, code = "error", None, None
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN) or signal.default_int_handler
        channel.send("done", cell=message["index"], status=status, count=count, exit_code=code)
