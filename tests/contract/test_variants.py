"""Every engine keeps the law of `Session`: variants are strangers, and programs are at home."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.domain import RunStatus
from sandbox.interfaces import Engine, Session, SessionSpec
from tests.support.sessions import STORE, notebook, script

PATIENCE_S = 60.0

DAEMONS = """
import os, subprocess, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        time.sleep(3600)
    os._exit(0)
child = subprocess.Popen(["sleep", "3600"], start_new_session=True)
print(child.pid, flush=True)
"""

# ---------------------------------------------------------------- strangers


def test_a_variant_sees_the_files_as_they_were_and_nothing_of_the_one_before(
    session: Session,
) -> None:
    code = (
        "import os, sys\nprint(sorted(os.listdir('.')), open('data.txt').read())\n"
        "print(sorted(os.listdir('..')), os.listdir(os.environ['HOME']))\n"
        "open('data.txt', 'w').write('changed')\nopen('new.txt', 'w').close()\n"
        "open('../stray', 'w').close()\nopen(os.environ['HOME'] + '/mine', 'w').close()\n"
        "os.mkdir('locked'); os.chmod('locked', 0)\nos.symlink('/', 'root')\n"
    )
    first = script(session, code, files={"data.txt": "pristine"})
    second = script(session, code, files={"data.txt": "pristine"})
    assert first.text() == second.text()
    assert "pristine" in second.text()
    assert "stray" not in second.text()


def test_processes_of_a_variant_end_with_it_wherever_they_hide(session: Session) -> None:
    first = script(session, DAEMONS)
    assert first.outcome.status is RunStatus.succeeded
    pid = first.text().strip()
    seen = script(session, f"import os\nprint(os.path.exists('/proc/{pid}'))")
    assert seen.text() == "False\n"


@pytest.mark.slow
def test_many_variants_leave_no_descriptor_open_in_the_guest(session: Session) -> None:
    # The numbers of the descriptors that a worker is given stand on its command line.
    code = "print(open('/proc/self/cmdline').read().split(chr(0))[3:6:2])"
    for number in range(9):  # so many trees may be kept
        script(session, code, files={"other": str(number)})
    numbers = set()
    for number in range(9):
        numbers.add(script(session, code, files={"another": str(number)}).text())
        script(session, "import os; os._exit(1)")
        script(session, "", cwd="nowhere")
    assert len(numbers) == 1


def test_opening_and_closing_sessions_leaves_no_descriptor_open_in_the_host(
    engine: Engine, spec: SessionSpec
) -> None:
    def once() -> int:
        with engine.open_session(spec) as session:
            script(session, "print(1)")
        return len(list(Path("/proc/self/fd").iterdir()))

    # docker-py keeps a connection for each of the last 25 addresses that it asked.
    before = [once() for _ in range(8 if engine.name == "docker" else 2)][-1]
    assert max(once(), once()) <= before


@pytest.mark.parametrize(
    "message",
    [
        b"garbage\\n",
        b'{"v":1,"type":"outcome","exit_code":0,"clean":true}\\n',
        b'{"v":1,"type":"note","text":"x","body":3,"kind":"y"}\\nabc{}\\n',
        b'{"v":1,"type":"display","cell":0,"data":{"a":"b"},"metadata":5}\\n',
        b"[" * 10_000 + b"\\n",
    ],
    ids=["garbage", "forged outcome", "smuggled fields", "wrong type", "nesting"],
)
def test_a_worker_that_abuses_its_own_channel_harms_itself_only(
    session: Session, message: bytes
) -> None:
    seen = script(
        session,
        "import os, socket, stat\n"
        "for fd in map(int, os.listdir('/proc/self/fd')):\n"
        "    try:\n"
        "        if stat.S_ISSOCK(os.fstat(fd).st_mode):\n"
        f"            os.write(fd, b'{message.decode()}')\n"
        "    except OSError: pass\n"
        "import time; time.sleep(600)\n",
        timeout_s=20.0,
    )
    assert seen.outcome.status is RunStatus.failed
    assert "own channel" in str(seen.outcome.cause)
    assert script(session, "print('next')").text() == "next\n"


# ---------------------------------------------------------------- at home


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing_and_pickling_work_as_under_python(session: Session, method: str) -> None:
    seen = script(
        session,
        "import multiprocessing as mp, pickle\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Point:\n    x: int\n"
        "def double(point): return Point(2 * point.x)\n"
        "if __name__ == '__main__':\n"
        "    assert pickle.loads(pickle.dumps(Point(1))) == Point(1)\n"
        f"    with mp.get_context('{method}').Pool(2) as pool:\n"
        "        print(pool.map(double, [Point(1), Point(2)]))\n",
    )
    assert seen.text() == "[Point(x=2), Point(x=4)]\n"


def test_a_forked_child_that_runs_to_the_end_of_the_program_leaves_quietly(
    session: Session,
) -> None:
    seen = script(
        session,
        "import os\npid = os.fork()\nif pid:\n    os.waitpid(pid, 0)\n"
        "print('parent' if pid else 'child', flush=True)\n",
    )
    assert seen.text() == "child\nparent\n"
    assert seen.done[-1].status == "ok"
    assert seen.outcome.status is RunStatus.succeeded


def test_a_module_of_a_package_runs_with_relative_imports(session: Session) -> None:
    cell = "import runpy\nrunpy.run_module('pack.train', run_name='__main__', alter_sys=True)"
    files = {
        "pack/__init__.py": "",
        "pack/lib.py": "x = 1",
        "pack/train.py": "from .lib import x\n",
    }
    files["pack/train.py"] += "import sys\nprint(x, __name__, __package__)\n"
    assert notebook(session, cell, files=files).text() == "1 __main__ pack\n"


def test_modules_named_as_those_of_the_library_do_not_disturb_the_guest(session: Session) -> None:
    names = ("json", "socket", "ast", "types", "signal", "select", "traceback", "base64")
    files = {f"{name}.py": "raise RuntimeError('the repository ran too early')" for name in names}
    assert script(session, "print('fine')", files=files).text() == "fine\n"
    assert notebook(session, "print('fine')", files=files).text() == "fine\n"


def test_a_script_has_its_folder_and_the_root_on_the_path(session: Session) -> None:
    code = "import sys\nimport lib, beside\nprint(lib.x, beside.x)\nprint(sys.path[:2])"
    files = {"lib.py": "x = 1", "a/beside.py": "x = 2", "a/main.py": code}
    seen = script(session, "", files=files, path="a/main.py", cwd="a")
    root = seen.text().splitlines()[1]
    assert seen.text().startswith("1 2\n")
    assert root.endswith("/repo']")


def test_a_folder_of_notebooks_called_like_a_package_does_not_hide_it(session: Session) -> None:
    """`sqlite3` stands for numpy, which a session need not have: it is found by the path alike."""
    code = "import sys\nprint(sys.path[-1].endswith('/repo'))\nimport lib.x\nprint(lib.x.y)"
    files = {"sqlite3/__init__.py": "", "sqlite3/a.ipynb": "{}", "sqlite3/tests/t.py": ""}
    files |= {"lib/__init__.py": "", "lib/x.py": "y = 1", "a/main.py": code}
    assert script(session, "", files=files, path="a/main.py", cwd="a").text() == "True\n1\n"


def test_variables_of_the_host_are_not_seen_and_those_of_the_work_are(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    seen = script(session, "import os\nprint(dict(os.environ))", environment={"SEED": "7"})
    assert "'SEED': '7'" in seen.text()
    assert "secret" not in seen.text()


def test_figures_of_a_script_are_shown(session: Session) -> None:
    seen = script(
        session,
        "try:\n    import matplotlib.pyplot as plt\nexcept ImportError:\n    print('absent')\n"
        "else:\n    plt.plot([1, 2])\n    plt.show()\n    print(plt.get_fignums())\n",
    )
    if seen.text("stdout") == "absent\n":
        pytest.skip("no matplotlib in this environment")
    picture, rest = seen.outputs
    assert picture["data"]["image/png"].startswith("iVBOR")
    assert rest["text"] == "[]\n"


# ---------------------------------------------------------------- the host's own end

HOST = """
import sys
from pathlib import Path
from sandbox.engines.docker import DockerEngine
from sandbox.engines.local import LocalEngine
from sandbox.interfaces import SessionSpec
from tests.support.sessions import script
name, store, base, python, mark = sys.argv[1:]
engine = LocalEngine(Path("unused")) if name == "local" else DockerEngine(store)
session = engine.open_session(SessionSpec(base, python, labels={"sandbox.workspace": mark}))
script(session, "import time\\nprint('on')\\nwhile True: time.sleep(9)  # " + mark,
       on_output=lambda _: print("running", flush=True))
"""


def _processes(mark: str) -> list[str]:
    """Processes with this on their command line or in their working copy's path."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                shown = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if mark.encode() in shown:
                found.append(entry.name)
    return found


def test_a_host_that_is_killed_leaves_nothing_running(
    engine: Engine, spec: SessionSpec, root: Path, tmp_path: Path
) -> None:
    mark = f"mark-{os.getpid()}-{time.monotonic_ns()}"
    command = [sys.executable, "-c", HOST, engine.name, STORE, spec.base, spec.python, mark]
    environment = {**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(tmp_path)}
    host = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert host.stdout is not None
    assert host.stdout.readline() == b"running\n"
    host.kill()
    host.communicate()
    deadline = time.monotonic() + PATIENCE_S
    while _alive(engine, mark, str(tmp_path)):
        assert time.monotonic() < deadline, "the guest outlived its host"
        time.sleep(0.1)
    if engine.name == "docker":
        assert any(mark in line for line in engine.reap())
        assert not any(mark in line for line in engine.reap())


def _alive(engine: Engine, mark: str, folder: str) -> bool:
    if engine.name == "local":
        return bool(_processes(f"{folder}/sandbox-session-"))
    command = ["docker", "ps", "-q", "--filter", f"label=sandbox.workspace={mark}"]
    return bool(subprocess.run(command, capture_output=True, check=True).stdout)


def test_reaping_spares_what_a_live_owner_uses(engine: Engine, session: Session) -> None:
    engine.reap()
    assert script(session, "print('alive')").text() == "alive\n"
