from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox.errors import StoreError
from sandbox.recorders import serve_ui, ui
from sandbox.recorders.store import open_client
from tests.support.waiting import wait_until


@pytest.mark.slow
def test_modules_that_lie_in_the_present_folder_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The present folder may be a stranger's clone."""
    for name in ("click", "flask", "mlflow", "uvicorn", "json"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    with serve_ui("sqlite:///here.db", tmp_path / "artifacts"):
        pass
    assert not (tmp_path / "ran").exists()
    assert (tmp_path / "here.db").exists(), "a relative store is that of the present folder"


@pytest.mark.slow
def test_a_server_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    """A database that is none: the server leaves at once, and nothing of it stays."""
    (tmp_path / "mlflow.db").write_text("this is a text and no database\n" * 100)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    before = _children()
    with pytest.raises(StoreError, match="did not start") as caught, serve_ui(uri, tmp_path):
        pass
    assert caught.value.hint
    assert not [pid for pid in _children() - before if _is_server(pid)]


def _children() -> set[str]:
    """Process ids; other tests' processes may be among them."""
    told = (path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    return set("".join(told).split())


def _is_server(pid: str) -> bool:
    return b"mlflow" in Path(f"/proc/{pid}/cmdline").read_bytes()


SERVING = """
import sys, time
from pathlib import Path
from sandbox.recorders import serve_ui

with serve_ui(sys.argv[1], Path(sys.argv[2]), port=int(sys.argv[3])) as url:
    print(url, flush=True)
    time.sleep(300)
"""


def serving(folder: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SERVING, f"sqlite:///{folder}/mlflow.db", str(folder), str(port)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_two_at_once_get_a_port_each_and_no_server_outlives_its_starter(tmp_path: Path) -> None:
    """Both find the port free, since neither listens yet; then both are killed."""
    open_client(f"sqlite:///{tmp_path}/mlflow.db", tmp_path / "lock")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    starters = [serving(tmp_path, port) for _ in range(2)]
    try:
        urls = [str(one.stdout and one.stdout.readline()).strip() for one in starters]
        assert len(set(urls)) == 2
        assert f"http://127.0.0.1:{port}" in urls
        for url in urls:
            assert requests.get(f"{url}/health", timeout=20).text == "OK"
    finally:
        for one in starters:
            one.kill()
            one.communicate()
    for url in urls:
        wait_until(lambda url=url: not _answers(url))


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health", timeout=5).ok
    except requests.RequestException:
        return False


def test_what_is_minded_leaves_with_its_own_exit_code() -> None:
    minding = Path(ui.__file__).with_name("minding.py")
    command = [sys.executable, "-I", str(minding), sys.executable, "-c", "raise SystemExit(7)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
        assert process.wait(60) == 7
