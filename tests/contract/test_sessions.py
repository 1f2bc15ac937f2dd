"""Every engine keeps the law of `Session` and `Execution`: what is shown, and how it ends."""

from __future__ import annotations

import json
import resource
import threading
from pathlib import Path

import pytest

from sandbox.domain import EntryKind, RunStatus
from sandbox.errors import EngineError
from sandbox.interfaces import ExecutionEnded, Output, Session, Wanted
from tests.support.sessions import MAIN, notebook, script, work

SPIN = "import time\nprint('ready', flush=True)\nwhile True:\n    time.sleep(0.05)\n"

# ---------------------------------------------------------------- what is shown


def test_streams_and_displays_come_in_the_order_in_which_they_were_written(
    session: Session,
) -> None:
    seen = notebook(
        session,
        "import sys\nprint('a')\nsys.stderr.write('b\\n')\nprint('c', end='')\n"
        "display(1)\nsys.stderr.write('d')\nprint('e')\n6 * 7",
    )
    shown = [(one["output_type"], one.get("text") or one["data"]) for one in seen.outputs]
    assert shown == [
        ("stream", "a\n"),
        ("stream", "b\n"),
        ("stream", "c"),
        ("display_data", {"text/plain": "1"}),
        ("stream", "d"),
        ("stream", "e\n"),
        ("execute_result", {"text/plain": "42"}),
    ]
    assert seen.outputs[-1]["execution_count"] == 1
    assert seen.outcome.status is RunStatus.succeeded
    assert seen.outcome.exit_code == 0


def test_output_of_subprocesses_and_of_c_code_counts(session: Session) -> None:
    seen = script(
        session,
        "import os, subprocess\nprint('python')\nsubprocess.run(['echo', 'child'])\n"
        "os.write(1, b'raw\\n')\nos.system('echo shell >&2')",
    )
    assert seen.text("stdout") == "python\nchild\nraw\n"
    assert seen.text("stderr") == "shell\n"


def test_an_error_has_a_traceback_without_our_own_frames(session: Session) -> None:
    seen = script(
        session,
        "import lib\ntry:\n    lib.f()\nexcept KeyError:\n    raise ValueError('second')\n",
        files={"lib.py": "def f():\n    {}['first']\n"},
    )
    text = "\n".join(seen.error["traceback"])
    assert seen.error["ename"] == "ValueError"
    assert seen.error["evalue"] == "second"
    assert "KeyError: 'first'" in text
    assert 'lib.py", line 2, in f' in text
    assert "sandbox_guest" not in text
    assert "runpy.py" not in text
    assert seen.done[-1].status == "error"


def test_an_exception_that_cannot_be_printed_is_an_error_like_any(session: Session) -> None:
    seen = script(
        session,
        "class E(Exception):\n    def __str__(self):\n        raise RuntimeError('no')\nraise E",
    )
    assert seen.error["ename"] == "E"
    assert seen.outcome.exit_code == 0


@pytest.mark.slow
def test_a_flood_is_bounded_and_keeps_its_first_and_last_line(session: Session) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen = script(
        session,
        "import sys\nprint('FIRST-LINE')\nline = 'x' * 120 + '\\n'\n"
        "for _ in range(50 * 2**20 // 1210):\n    sys.stdout.write(line * 10)\n"
        "print('LAST-LINE')\n",
        output_bytes=2**20,
    )
    text = seen.text()
    assert text.startswith("FIRST-LINE\n")
    assert text.endswith("LAST-LINE\n")
    assert "characters of output left out" in text
    assert len(text) < 2**21
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 * 2**10  # KiB


def test_one_line_of_five_megabytes_arrives_whole(session: Session) -> None:
    seen = script(session, "print('y' * 5_000_000)")
    assert seen.text() == "y" * 5_000_000 + "\n"


def test_bytes_that_are_no_text_become_replacement_characters(session: Session) -> None:
    seen = script(
        session, "import os\nos.write(1, bytes(range(256)) + b'\\xe2\\x82')\nprint('\\ud800 end')"
    )
    assert json.loads(json.dumps(seen.text()).encode("ascii")) == seen.text()
    assert seen.text().encode("utf-8").decode().endswith(" end\n")
    assert "\N{REPLACEMENT CHARACTER}" in seen.text()


def test_a_giant_display_is_cut_and_that_is_said(session: Session) -> None:
    seen = notebook(
        session,
        "class Big:\n    def __repr__(self):\n        return 'x' * (17 * 2**20)\nBig()",
        "class Odd:\n    def __repr__(self):\n        return '\\ud800'\nOdd()",
    )
    first, second = seen.outputs
    assert "left out" in first["data"]["text/plain"]
    assert second["data"]["text/plain"].encode()


# ---------------------------------------------------------------- how it ends


@pytest.mark.parametrize(
    ("code", "cell", "exit_code", "cause"),
    [
        ("sys.exit()", "ok", 0, None),
        ("sys.exit(0)", "ok", 0, None),
        ("sys.exit(3)", "exit", 3, "left with exit code 3"),
        ("sys.exit('what is wrong')", "exit", 1, "left with exit code 1"),
        ("raise SystemExit(257)", "exit", 1, "left with exit code 1"),
    ],
)
def test_an_exit_within_a_script_is_told_as_such(
    session: Session, code: str, cell: str, exit_code: int, cause: str | None
) -> None:
    seen = script(session, f"import sys\nprint('so far')\n{code}\nprint('never')")
    assert seen.done[-1].status == cell
    assert seen.outcome.exit_code == exit_code
    assert seen.outcome.cause == cause
    assert seen.outcome.status is (RunStatus.failed if cause else RunStatus.succeeded)
    assert seen.text("stdout") == "so far\n"


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("os._exit(4)", "left with exit code 4"),
        ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
        ("os.abort()", "killed by SIGABRT"),
        ("os.kill(os.getpid(), 9)", "killed by SIGKILL"),
    ],
)
def test_a_process_that_dies_is_failed_by_its_end_and_the_session_goes_on(
    session: Session, code: str, cause: str
) -> None:
    seen = script(session, f"import os\nprint('so far')\n{code}")
    assert seen.ended
    assert seen.text() == "so far\n"
    assert (seen.outcome.status, seen.outcome.cause) == (RunStatus.failed, cause)
    assert script(session, "print('next')").text() == "next\n"


def test_a_notebook_that_loses_its_process_says_so(session: Session) -> None:
    seen = notebook(session, "print('one')", "import os; os._exit(0)", "print('never')")
    assert seen.ended
    assert seen.text() == "one\n"
    assert seen.outcome.cause == "the process ended within a cell, with exit code 0"


def test_nobody_answers_to_input(session: Session) -> None:
    seen = notebook(session, "input('name?')")
    assert seen.error["ename"] == "StdinNotImplementedError"
    assert script(session, "input('name?')").error["ename"] == "EOFError"


def test_an_interrupt_from_another_thread_ends_the_cell_only(session: Session) -> None:
    execution = session.begin(work({"x": ""}, EntryKind.notebook))
    events = []
    for event in execution.run_cell(0, SPIN):
        if not events:
            threading.Thread(target=execution.interrupt).start()
        events.append(event)
    (error,) = [one.output for one in events if isinstance(one, Output)][-1:]
    assert error["ename"] == "KeyboardInterrupt"
    after = list(execution.run_cell(1, "print('still here')"))
    assert after[-1].status == "ok"
    assert execution.finish().status is RunStatus.succeeded
    execution.interrupt()  # does nothing once it is finished
    assert script(session, "print('unharmed')").text() == "unharmed\n"


@pytest.mark.slow
def test_the_time_limit_interrupts_and_keeps_what_was_shown(session: Session) -> None:
    seen = script(session, "print('loss 0.5')\n" + SPIN, timeout_s=5.0)
    assert "loss 0.5\nready\n" in seen.text()
    assert seen.error["ename"] == "KeyboardInterrupt"
    assert seen.outcome.status is RunStatus.timed_out
    assert seen.outcome.cause == "stopped by the time limit of 5 s"


@pytest.mark.slow
def test_what_ignores_interrupts_is_killed_at_its_time_limit(session: Session) -> None:
    seen = script(
        session,
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\n"
        "while True:\n    try:\n        time.sleep(9)\n    except BaseException: pass",
        timeout_s=5.0,
    )
    assert seen.ended
    assert seen.text() == "ready\n"
    assert seen.outcome.status is RunStatus.timed_out


def test_a_cell_that_the_host_leaves_is_ended_and_cancelled(session: Session) -> None:
    execution = session.begin(work({"x": ""}, EntryKind.script, timeout_s=3600.0))
    events = execution.run_cell(0, SPIN)
    next(events)
    assert execution.finish().status is RunStatus.cancelled
    with pytest.raises(ExecutionEnded):
        next(execution.run_cell(1, ""))


def test_threads_and_exit_handlers_of_a_script_finish_their_work(session: Session) -> None:
    seen = script(
        session,
        "import atexit, threading\natexit.register(print, 'at exit')\n"
        "threading.Timer(0.3, print, ['from a thread']).start()\nprint('main')",
    )
    assert seen.text() + seen.late_text == "main\nfrom a thread\nat exit\n"
    assert seen.outcome.status is RunStatus.succeeded


def test_what_a_script_leaves_behind_is_let_go_as_by_the_interpreter(session: Session) -> None:
    seen = script(
        session,
        "import atexit\nclass Noisy:\n    def __init__(self, name): self.name = name\n"
        "    def __del__(self): print(self.name)\n"
        "one = Noisy('by name')\nring = [Noisy('in a ring')]\nring.append(ring)\ndel ring\n"
        "atexit.register(print, 'first')\n",
    )
    lines = (seen.text() + seen.late_text).splitlines()
    assert sorted(lines) == ["by name", "first", "in a ring"]


@pytest.mark.parametrize("kind", EntryKind)
def test_what_was_not_closed_is_written_to_its_end(
    session: Session, kind: EntryKind, tmp_path: Path
) -> None:
    source = "f = open('left.txt', 'w')\nf.write('all')"
    execution = session.begin(
        work({"main.py": source}, kind, collect=(Wanted("texts", ("*.txt",)),))
    )
    list(execution.run_cell(0, MAIN if kind is EntryKind.script else source))
    files = execution.finish(tmp_path / "files").files
    assert files["left.txt"].read_text() == "all"


def test_what_c_code_printed_last_is_not_lost(session: Session) -> None:
    seen = script(session, "import ctypes\nctypes.CDLL(None).printf(b'from C')")
    assert seen.text() + seen.late_text == "from C"


def test_what_a_thread_prints_between_cells_is_not_lost(session: Session) -> None:
    seen = notebook(
        session,
        "import threading\nt = threading.Timer(0.2, print, ['from a thread'])\nt.start()",
        "t.join()\nprint('end')",
    )
    assert seen.text() == "from a thread\nend\n"


def test_a_session_that_was_closed_begins_nothing(own_session: Session) -> None:
    own_session.close()
    own_session.close()
    assert own_session.closed
    with pytest.raises(EngineError, match="ended"):
        own_session.begin(work({"x": ""}, EntryKind.script))


def test_closing_from_another_thread_cancels_the_running_cell(own_session: Session) -> None:
    closing = threading.Thread(target=own_session.close)
    seen = script(own_session, SPIN, on_output=lambda _: closing.start())
    closing.join()
    assert seen.ended
    assert seen.outcome.status is RunStatus.cancelled
    assert own_session.closed


def test_a_variant_that_cannot_start_fails_alone(session: Session, tmp_path: Path) -> None:
    seen = script(session, "", cwd="no/such/folder")
    assert seen.outcome.status is RunStatus.failed
    assert seen.outcome.cause is not None
    assert "no/such/folder" in seen.outcome.cause
    assert script(session, "", cwd="../..").outcome.status is RunStatus.failed
    assert script(session, "print(1)").text() == "1\n"
