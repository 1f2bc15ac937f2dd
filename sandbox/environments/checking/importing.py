"""Imports, tried in a finished Environment without network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sandbox.interfaces import Step, Workbench

_TIMEOUT_S = 900.0

# Modules as arguments: each is imported in a process of its own, for one may end it.
_SCRIPT = """
import json, os, signal, sys

def attempt(name):
    signal.alarm(120)
    try:
        __import__(name)
    except BaseException as error:
        text = str(error).strip().splitlines()
        return "%s: %s" % (type(error).__name__, text[-1] if text else "")
    return None

for name in sys.argv[1:]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        said = attempt(name)
        os.write(writer, json.dumps(said).encode()[:4000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    said = json.loads(text.decode()) if text else "ended with status %d" % status
    print(json.dumps({"module": name, "error": said}), flush=True)
"""


def try_imports(
    workbench: Workbench, base: str, python: str, names: Sequence[str]
) -> dict[str, str | None]:
    """Import each in a process of its own.

    Args:
        python: path of the Environment's interpreter, as seen inside.

    Returns:
        What went wrong, the error's last line, by name; None = it imports.
    """
    step = Step(
        base,
        (python, "-I", "-c", _SCRIPT, *names),
        environment={"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"},
        timeout_s=_TIMEOUT_S,
    )
    done = workbench.run(step)
    silent = "out of memory" if done.out_of_memory else "the import did not end"
    known: dict[str, str | None] = dict.fromkeys(names, silent)
    return {**known, **_said(done.output, names)}


def _said(output: str, names: Iterable[str]) -> dict[str, str | None]:
    """What the script inside printed; anything else there is not ours and not read."""
    wanted = set(names)
    found: dict[str, str | None] = {}
    for line in output.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("module") in wanted:
            error = said.get("error")
            found[str(said["module"])] = None if error is None else str(error)[:500]
    return found
