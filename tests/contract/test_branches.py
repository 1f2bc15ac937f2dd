"""Every engine that makes copies of a process keeps the law of `Execution.branch`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from sandbox.domain import EntryKind, RunStatus
from sandbox.errors import EngineError
from sandbox.interfaces import BranchRefused, Execution, ExecutionEnded, Outcome, Output, Session
from tests.support.sessions import MAIN, notebook, work

FILES = {"data.txt": "pristine", "folder/inner.txt": "inner", "link": "->data.txt"}
ALL_FILES = (
    "import os\n"
    "print(sorted(os.path.join(d, f) for d, _, fs in os.walk('.') for f in fs),"
    " open('data.txt').read(), oct(os.stat('folder').st_mode), os.readlink('link'))"
)


def show(execution: Execution, source: str, index: int = 0) -> str:
    """What the cell printed."""
    shown = ""
    for event in execution.run_cell(index, source):
        if isinstance(event, Output):
            shown += str(event.output.get("text") or event.output.get("evalue") or "")
    return shown


@pytest.fixture
def origin(session: Session) -> Iterator[Execution]:
    execution = session.begin(work(FILES, EntryKind.notebook))
    yield execution
    execution.finish()


def test_a_branch_goes_on_where_its_origin_stands(origin: Execution) -> None:
    show(origin, "import os\nvalues = [1]\nopen('made.txt', 'w').write('by the origin')\npid = 0")
    seen = []
    for number in range(3):
        branch = origin.branch()
        code = f"values.append({number})\nprint(values, open('made.txt').read(), os.getcwd())"
        seen.append(show(branch, code, 1))
        assert branch.finish().status is RunStatus.succeeded
    assert [text.split("]")[0] for text in seen] == ["[1, 0", "[1, 1", "[1, 2"]
    assert len({text.split("]")[1] for text in seen}) == 1
    assert "by the origin" in seen[0]


@pytest.mark.parametrize(
    "change",
    [
        "open('data.txt', 'w').write('changed!')",
        "f = open('data.txt', 'r+b'); import mmap; mmap.mmap(f.fileno(), 0)[:3] = b'XYZ'",
        "import os; os.remove('data.txt'); os.mkdir('data.txt'); open('data.txt/x', 'w')",
        "import shutil; shutil.rmtree('folder')",
        "import os; os.rename('folder', 'x'); os.mkdir('folder'); open('folder/inner.txt', 'w')",
        "import os; os.remove('link'); os.symlink('/', 'link'); os.symlink('/', 'folder/out')",
        "import os; os.link('data.txt', 'twin'); open('twin', 'a').write('more')",
        "import os; os.chmod('data.txt', 0); os.chmod('folder', 0)",
        "import os; os.truncate('data.txt', 3); os.utime('data.txt', (0, 0))",
        "import os\nfor n in range(300): os.mkdir('x' * 200); os.chdir('x' * 200)",
    ],
    ids=lambda code: code[:24],
)
def test_what_a_branch_does_to_files_no_other_sees(origin: Execution, change: str) -> None:
    show(origin, "written = open('made.txt', 'w').write('before')")
    first = origin.branch()
    before = show(first, ALL_FILES, 1)
    first.finish()
    second = origin.branch()
    show(second, change, 1)
    second.finish()
    third = origin.branch()
    assert show(third, ALL_FILES, 1) == before
    assert "pristine" in before
    assert "made.txt" in before
    third.finish()


def test_after_a_held_process_the_files_are_as_they_came(session: Session) -> None:
    before = notebook(session, ALL_FILES, files=FILES).text()
    execution = session.begin(work(FILES, EntryKind.notebook))
    show(execution, "open('made.txt', 'w').write('x'); open('data.txt', 'w').write('y')")
    execution.branch().finish()
    execution.finish()
    assert notebook(session, ALL_FILES, files=FILES).text() == before


def test_branches_of_branches_come_back_to_where_each_stood(origin: Execution) -> None:
    show(origin, "path = ['a']; open('state', 'w').write('a')")
    seen = []
    for middle in "bc":
        inner = origin.branch()
        show(inner, f"path.append('{middle}'); open('state', 'a').write('{middle}')", 1)
        for last in "xy":
            leaf = inner.branch()
            code = f"open('state', 'a').write('{last}')\nprint(path, open('state').read())"
            seen.append(show(leaf, code, 2).strip())
            leaf.finish()
        inner.finish()
    assert seen == [
        "['a', 'b'] abx",
        "['a', 'b'] aby",
        "['a', 'c'] acx",
        "['a', 'c'] acy",
    ]


def test_generators_that_were_seeded_go_on_and_others_start_anew(origin: Execution) -> None:
    show(origin, "import random\nunseeded = random.random()")
    drawn = set()
    for _ in range(3):
        branch = origin.branch()
        drawn.add(show(branch, "print(random.random())", 1))
        branch.finish()
    assert len(drawn) == 3
    seeded = origin.branch()
    show(seeded, "random.seed(7); random.random()", 1)
    drawn = set()
    for _ in range(3):
        leaf = seeded.branch()
        drawn.add(show(leaf, "print(random.random())", 2))
        leaf.finish()
    seeded.finish()
    assert drawn == {"0.15084917392450192\n"}


def test_a_file_open_for_reading_is_read_on_by_each_branch(origin: Execution) -> None:
    show(origin, "f = open('data.txt'); _ = f.read(4)\ng = open('data.txt', 'rb', 0)")
    for _ in range(2):
        branch = origin.branch()
        assert show(branch, "print(f.read(), g.read())", 1) == "tine b'pristine'\n"
        branch.finish()


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (
            "import threading as t, time\nt.Thread(target=time.sleep, args=[99], daemon=1).start()",
            "2 threads are running",
        ),
        ("import socket\ns = socket.socket()", "a socket is open"),
        ("f = open('log.txt', 'w')", "log.txt is open for writing"),
        ("import os\nr, w = os.pipe()", "is open"),
        ("import mmap\nm = mmap.mmap(-1, 10)", "is mapped for writing"),
        ("import signal\nsignal.setitimer(signal.ITIMER_REAL, 99)", "a timer is running"),
        ("import subprocess\np = subprocess.Popen(['sleep', '99'])", "processes that it started"),
        ("import os\nos.mkfifo('pipe')", "neither file, folder nor link"),
    ],
    ids=lambda text: text.splitlines()[0][:20],
)
def test_where_a_copy_would_behave_otherwise_it_is_refused_and_the_origin_goes_on(
    origin: Execution, state: str, why: str
) -> None:
    show(origin, state)
    with pytest.raises(BranchRefused, match=why):
        origin.branch()
    assert show(origin, "print('on')", 1) == "on\n"


def test_a_branch_that_dies_takes_nobody_with_it(origin: Execution) -> None:
    show(origin, "import os, sys\nvalue = 5")
    for code in ("os._exit(3)", "os.abort()", "sys.exit(2)", "1 / 0"):
        branch = origin.branch()
        with suppress(ExecutionEnded):
            show(branch, code, 1)
        branch.finish()
    last = origin.branch()
    assert show(last, "print(value)", 1) == "5\n"
    last.finish()


def test_a_branch_that_kills_its_origin_harms_no_other_variant(session: Session) -> None:
    execution = session.begin(work(FILES, EntryKind.notebook))
    show(execution, "import os\nme = os.getpid()")
    branch = execution.branch()
    show(branch, "os.kill(me, 9)", 1)
    assert branch.finish().status is RunStatus.succeeded
    with pytest.raises(BranchRefused):
        execution.branch()
    execution.finish()
    assert "pristine" in notebook(session, ALL_FILES, files=FILES).text()


def test_processes_of_a_branch_end_with_it_and_its_origin_stays(origin: Execution) -> None:
    show(origin, "import os, subprocess\nvalue = 5")
    branch = origin.branch()
    code = "p = subprocess.Popen(['sleep', '3600'], start_new_session=True); print(p.pid)"
    pid = show(branch, code, 1).strip()
    branch.finish()
    other = origin.branch()
    assert show(other, f"print(os.path.exists('/proc/{pid}'), value)", 1) == "False 5\n"
    other.finish()


def test_a_branch_has_what_is_left_of_its_origins_time(session: Session) -> None:
    execution = session.begin(work(FILES, EntryKind.notebook, timeout_s=6.0))
    show(execution, "import time\ntime.sleep(2)")
    branch = execution.branch()
    with suppress(ExecutionEnded):
        show(branch, "time.sleep(60)", 1)
    outcome = branch.finish()
    execution.finish()
    assert outcome.status is RunStatus.timed_out
    assert outcome.elapsed_s == pytest.approx(6.0, abs=2.5)
    assert outcome.shared_s >= 2


def test_a_held_process_is_followed_by_the_next_variant_only_when_it_is_finished(
    session: Session,
) -> None:
    execution = session.begin(work(FILES, EntryKind.notebook))
    execution.branch().finish()
    with pytest.raises(EngineError, match="was not finished"):
        session.begin(work(FILES, EntryKind.notebook))
    execution.finish()


# ---------------------------------------------------------------- warming up

WARM = {"A_VARIABLE": "1"}


def test_variants_of_any_tree_begin_with_warm_modules_and_their_own_files(
    session: Session,
) -> None:
    assert session.warm(EntryKind.script, ["json.tool", "not_there"], WARM).failed == ("not_there",)
    for name in ("one", "two"):
        source = (
            "import sys, os, random\n"
            f"print('json.tool' in sys.modules, open('{name}').read(), sorted(os.listdir('.')),"
            " sys.argv, __name__, os.environ['A_VARIABLE'])\nrandom.random()\nopen('own', 'w')"
        )
        tree = {"main.py": source, name: name}
        execution = session.begin(work(tree, EntryKind.script, environment=WARM))
        shown = show(execution, MAIN)
        assert execution.finish().status is RunStatus.succeeded
        assert shown == f"True {name} ['main.py', '{name}'] ['main.py'] __main__ 1\n"


def test_variants_with_other_variables_are_started_afresh(session: Session) -> None:
    session.warm(EntryKind.script, ["json.tool"], WARM)
    execution = session.begin(work({"main.py": ""}, EntryKind.script))
    assert show(execution, "import sys\nprint('json.tool' in sys.modules)") == "False\n"
    execution.finish()


WARM_ONES = (
    "import contextlib, os, resource\nown = os.getpid()\n"
    "for pid in map(int, filter(str.isdigit, os.listdir('/proc'))):\n"
    "    with contextlib.suppress(OSError):\n"
    "        fields = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()\n"
    "        if int(fields[1]) == os.getppid() and pid != own: "
)


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        ("resource.prlimit(pid, resource.RLIMIT_NOFILE, (6, 64))", "too many files are open"),
        ("os.kill(pid, 9)", "the process that had them has ended"),
    ],
)
def test_variants_that_cannot_start_warm_any_more_start_afresh_and_say_why(
    own_session: Session, harm: str, why: str
) -> None:
    look = "import sys\nprint('json.tool' in sys.modules)"

    def run(source: str) -> tuple[str, tuple[str, ...]]:
        tree = {"main.py": source}
        execution = own_session.begin(work(tree, EntryKind.script, environment=WARM))
        shown = show(execution, MAIN)
        return shown, execution.finish().notes

    own_session.warm(EntryKind.script, ["json.tool"], WARM)
    assert run(WARM_ONES + harm) == ("", ())
    for _ in range(2):
        assert run(look) == ("False\n", (f"its imports were loaded anew: {why}",))
    own_session.warm(EntryKind.script, ["json.tool"], WARM)
    assert run(look) == ("True\n", ())


def learned(session: Session, source: str) -> Outcome:
    """Of a run that tells what it imported."""
    tree = {"main.py": source, "own.py": ""}
    execution = session.begin(work(tree, EntryKind.script, learn=True))
    show(execution, MAIN)
    return execution.finish()


def test_a_run_tells_which_installed_modules_it_imported(session: Session) -> None:
    outcome = learned(session, "import own, json.tool\nimport wave")
    assert {"json.tool", "wave"} <= set(outcome.modules)
    assert not {"own", "main", "__main__", "sys"} & set(outcome.modules)
    assert outcome.changed == outcome.notes == ()
    warmth = session.warm(EntryKind.script, outcome.modules, WARM, changed=())
    assert warmth.obstacle is None


def test_what_a_program_did_to_variables_itself_cannot_be_had_by_its_imports(
    session: Session,
) -> None:
    change = "import os\nos.environ['BACKEND'] = 'x'\ndel os.environ['HOME']\nimport wave"
    outcome = learned(session, change)
    assert outcome.changed == ("BACKEND=x", "HOME")
    warmth = session.warm(EntryKind.script, outcome.modules, WARM, changed=outcome.changed)
    assert warmth.obstacle == ("the program changes environment variables by itself: BACKEND, HOME")


# ---------------------------------------------------------------- what went wrong once


def test_a_branch_made_late_has_its_time_all_the_same(session: Session) -> None:
    execution = session.begin(work(FILES, EntryKind.notebook, timeout_s=4.0))
    show(execution, "import time")
    for _ in range(3):
        branch = execution.branch()
        assert show(branch, "time.sleep(2)\nprint('done')", 1) == "done\n"
        assert branch.finish().status is RunStatus.succeeded
    execution.finish()


def test_a_held_process_waits_longer_than_the_time_limit(session: Session) -> None:
    execution = session.begin(work(FILES, EntryKind.notebook, timeout_s=1.0))
    execution.branch().finish()
    time.sleep(4)
    branch = execution.branch()
    assert show(branch, "print('there')", 1) == "there\n"
    branch.finish()
    execution.finish()


def test_a_copy_that_dies_before_it_reports_is_refused_and_nobody_is_mistaken(
    session: Session,
) -> None:
    root = session.begin(work(FILES, EntryKind.notebook))
    show(root, "name = 'root'")
    middle = root.branch()
    die = "import os\nname = 'middle'\nos.register_at_fork(after_in_child=lambda: os._exit(1))"
    show(middle, die, 1)
    with pytest.raises(BranchRefused):
        middle.branch()
    assert show(middle, "print(name)", 1) == "middle\n"
    middle.finish()
    leaf = root.branch()
    assert show(leaf, "print(name)", 1) == "root\n"
    leaf.finish()
    root.finish()


def test_a_held_process_that_was_stopped_goes_on(origin: Execution) -> None:
    show(origin, "import os\nme = os.getpid()")
    branch = origin.branch()
    show(branch, "os.kill(me, 19)", 1)
    branch.finish()
    other = origin.branch()
    assert show(other, "print('on')", 1) == "on\n"
    other.finish()


def test_after_a_refusal_the_clock_of_the_origin_runs(origin: Execution) -> None:
    show(origin, "import time, socket\ns = socket.socket()")
    with pytest.raises(BranchRefused):
        origin.branch()
    show(origin, "time.sleep(1.5)", 1)
    assert origin.finish().elapsed_s >= 1.5


def test_what_is_open_and_was_replaced_by_a_branch_is_not_shared_any_more(
    origin: Execution,
) -> None:
    show(origin, "import os\nf = open('data.txt')")
    branch = origin.branch()
    show(branch, "open('new', 'w').write('EVIL'); os.replace('new', 'data.txt')", 1)
    branch.finish()
    with pytest.raises(BranchRefused, match=r"data\.txt was replaced"):
        origin.branch()


def test_times_and_modes_of_folders_are_put_back(origin: Execution) -> None:
    show(
        origin,
        "import os\nos.mkdir('a'); os.mkdir('b'); os.utime('a', (1, 1)); os.chmod('b', 0o555)",
    )
    first = origin.branch()
    show(first, "open('a/x', 'w'); os.chmod('b', 0o777); os.umask(0)", 1)
    first.finish()
    second = origin.branch()
    code = "print(os.stat('a').st_mtime, oct(os.stat('b').st_mode & 0o777), os.listdir('a'))"
    assert show(second, code, 1) == "1.0 0o555 []\n"
    second.finish()


def test_progress_bars_lock_of_multiprocessing_is_no_obstacle(origin: Execution) -> None:
    show(origin, "import multiprocessing\nlock = multiprocessing.RLock()\nwith lock: pass")
    for _ in range(2):
        branch = origin.branch()
        assert show(branch, "with lock: print('held')", 1) == "held\n"
        branch.finish()
