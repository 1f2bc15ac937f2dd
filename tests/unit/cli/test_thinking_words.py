"""`sandbox sweep --guess`, `note`, `journal` and `ui`, as they are typed."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.cli.options import with_asked
from tests.support.commands import Ended, command, start, write_repository

SCRIPT = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
given = parser.parse_args()
for epoch in range(3):
    print(f"epoch {epoch} loss: {2 - given.lr + 1 / (epoch + 1):.6f}")
"""


@pytest.fixture
def repository(home: Path, tmp_path: Path) -> Path:
    return write_repository(tmp_path / "studied", {"train.py": SCRIPT})


def swept(repository: Path, *words: str) -> Ended:
    return command(
        "sweep", str(repository), "train.py", "-p", "lr=0.2,0.5", "--engine", "local", *words
    )


def test_a_guess_that_stands_alone_is_asked_for() -> None:
    assert with_asked(["sweep", "x", "--guess"]) == ["sweep", "x", "--guess=?"]
    assert with_asked(["--guess", "-p", "lr=1"]) == ["--guess=?", "-p", "lr=1"]
    typed = ["sweep", "x", "--guess", "lr: up, big", "--json"]
    assert with_asked(typed) == typed
    assert with_asked(["note", "x", "--guessed"]) == ["note", "x", "--guessed"]


def test_nobody_is_asked_where_there_is_no_terminal(repository: Path) -> None:
    ended = swept(repository, "--guess")
    assert ended.code == 2
    assert "standard input is no terminal" in ended.err
    assert "hint: say it in words: --guess 'lr: up, big'" in ended.err
    nothing = command("sweep", str(repository), "train.py", "--engine", "local", "--guess")
    assert nothing.code == 2
    assert "nothing to guess" in nothing.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("note", "baseline", "thought"), "there are no runs yet"),
        (("journal", "nosuch"), "no workspace called 'nosuch'"),
        (("ui", "nosuch"), "no sweep or workspace called 'nosuch'"),
        (("ui", "--port", "70000"), "70000"),
    ],
)
def test_what_is_not_there_is_told(home: Path, words: tuple[str, ...], told: str) -> None:
    ended = command(*words)
    assert ended.code == 2
    assert told in ended.err


def test_a_journal_of_nothing_says_how_to_begin(home: Path) -> None:
    assert "sandbox sweep" in command("journal").out
    document = command("journal", "--json").json
    assert document["entries"] == []
    assert document["calibration"]["tunable"] == {"right": 0, "of": 0}


@pytest.mark.slow
def test_guess_note_and_journal_tell_of_each_other(repository: Path) -> None:
    first = swept(repository, "--guess", "lr: down, big")
    assert first.code == 0
    assert "wrong: which way" in first.out
    noted = command("note", "lr=0.5", "odd\x1b[2J\nlines", "--json").json
    assert noted["problem"] is None
    assert noted["note"]["text"] == "odd\x1b[2J\nlines"
    for words in (["compare"], ["diff", "lr=0.5"], ["journal"]):
        ended = command(*words)
        assert "odd␛[2J␊lines" in ended.out, words
    compared = command("compare", "--json").json
    assert compared["guess"]["right"] == {"tunable": True, "way": False, "size": True}
    assert compared["calibration"]["way"] == {"right": 0, "of": 1}
    assert [one["run"] for one in compared["user_notes"]] == [noted["note"]["run"]]
    curves = command("compare", "--curves")
    assert "no run told a metric at several steps" in curves.out or "over its steps" in curves.out
    told = command("journal").out
    assert "guessed: lr: down, big" in told
    assert "best: lr=0.5, loss 1.833 — the best so far" in told
    assert "all guesses so far: which tunable 1 of 1, which way 0 of 1" in told
    kinds = [one["kind"] for one in command("journal", "--json").json["entries"]]
    assert kinds == ["sweep", "note"]


@pytest.mark.slow
def test_a_store_that_is_away_leaves_a_note_in_the_workspace(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept(repository)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    ended = command("note", "lr=0.5", "kept all the same")
    assert ended.code == 4
    assert "MLflow is told later" in ended.err
    assert "kept all the same" in command("journal").out
    served = command("ui")
    assert served.code == 4
    assert "127.0.0.1:9" in served.err
    assert "hint: start it, or look at MLFLOW_TRACKING_URI" in served.err


@pytest.mark.slow
def test_on_a_terminal_a_guess_is_asked_for(repository: Path, home: Path) -> None:
    ours, theirs = pty.openpty()
    words = ["sweep", str(repository), "train.py", "-p", "lr=0.2,0.5", "--engine", "local"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *words, "--guess"],
        env={**os.environ, "SANDBOX_HOME": str(home)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    answers = [("which way is lr better?", "sideways"), ("which way is lr better?", "0.5")]
    told = ""
    for question, answer in [*answers, ("how much", "big")]:
        told = read_until(ours, question)
        os.write(ours, f"{answer}\n".encode())
    told = read_until(ours, "all guesses so far")
    assert process.wait(60) == 0
    os.close(ours)
    assert "guessed: lr: 0.5, big" in told
    assert "right: which tunable, which way, how far" in told


def read_until(terminal: int, words: str) -> str:
    """What a terminal shows until it shows these words."""
    shown = ""
    deadline = time.monotonic() + 120
    while words not in shown:
        assert select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0], shown
        shown += os.read(terminal, 4096).decode(errors="replace")
    return shown


# ---------------------------------------------------------------- MLflow's pages


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_ui_takes_another_port_where_one_is_taken_and_leaves_nothing_behind(
    home: Path, sign: signal.Signals
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(["ui", "--json", "--port", str(port)], home)
        page = read_document(process)
    try:
        assert page["sweep"] is None
        assert page["address"] != f"http://127.0.0.1:{port}"
        assert requests.get(page["url"], timeout=20).ok
        served = int(page["address"].rpartition(":")[2])
        servers = serving(served)
        assert servers
    finally:
        process.send_signal(sign)
    _, err = process.communicate(timeout=30)
    assert process.returncode == (130 if sign == signal.SIGINT else 143)
    assert f"port {port} is taken: {served} is used instead" in err
    assert "Traceback" not in err
    assert serving(served) == set()
    assert not [pid for pid in servers if Path(f"/proc/{pid}").exists()]


def read_document(process: subprocess.Popen[str]) -> dict[str, Any]:
    """One JSON document of several lines, of a process that goes on."""
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    text = ""
    for line in lines:
        text += line
        if line.startswith("}"):
            return dict(json.loads(text))
    raise AssertionError(process.stderr and process.stderr.read())


def serving(port: int) -> set[int]:
    """Process ids of MLflow's servers of that port."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            told = path.read_bytes()
        except OSError:
            continue
        if f"--port\0{port}\0".encode() in told:
            found.add(int(path.parent.name))
    return found
