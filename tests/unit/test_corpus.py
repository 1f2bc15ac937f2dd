"""What `make corpus` reads and tells; it is tried on real repositories itself."""

from __future__ import annotations

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.corpus import records, running, tables
from benchmarks.corpus.__main__ import keep_the_rest
from benchmarks.corpus.records import Record
from benchmarks.corpus.repositories import find_repositories, kind_of
from benchmarks.corpus.room import NoRoomError, Room
from benchmarks.corpus.running import Tried
from benchmarks.corpus.trying import read_answer

BLANK = Record("a/b", "0" * 40, "2019-10-18", "nothing", "not built")
ANSWER = {
    "python": "3.7",
    "packages": {"numpy": "1.18.2"},
    "decisions": [
        "numpy==1.0 relaxed to any numpy: no wheel",
        "old.py, b.py and 1 more: is not Python 3, …",
    ],
    "dropped": [{"name": "gym", "why": "no wheel"}],
    "imports": {"ok": ["numpy"], "failed": []},
}


def _git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    command = ["git", "-C", str(folder), *identity, *words]
    subprocess.run(command, check=True, capture_output=True)


def _commit(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet")
    for name, text in files.items():
        (folder / name).write_text(text)
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "--message", "x", "--date", "2019-10-18T00:00:00Z")


def test_bare_and_other_repositories_are_found_by_owner_and_name(tmp_path: Path) -> None:
    _commit(tmp_path / "one+plain" / "repo", {"a.py": ""})
    bare = tmp_path / "two+bare"
    bare.mkdir()
    _git(bare, "clone", "--quiet", "--bare", str(tmp_path / "one+plain" / "repo"), "repo")
    assert [one.name for one in find_repositories(tmp_path)] == ["one/plain", "two/bare"]


def test_what_a_repository_declares_is_read_from_its_newest_commit(tmp_path: Path) -> None:
    files = {"setup.cfg": "[flake8]\n", "pyproject.toml": "[tool.black]\n", "Pipfile": ""}
    _commit(tmp_path / "repo", files)
    (only,) = find_repositories(tmp_path)
    assert only.manifests() == ("Pipfile",)
    assert only.head()[1] == "2019-10-18"


@pytest.mark.parametrize(
    ("manifests", "kind"),
    [
        (("requirements.txt", "setup.py"), "requirements.txt"),
        (("app/requirements.txt",), "other"),
        ((), "nothing"),
    ],
)
def test_only_a_requirements_file_at_the_root_is_of_that_class(
    manifests: tuple[str, ...], kind: str
) -> None:
    assert kind_of(manifests) == kind


def test_a_build_whose_imports_succeed_works() -> None:
    found = read_answer(BLANK, ANSWER)
    assert found.works
    assert (found.packages, found.imported, found.python_2) == (1, 1, 3)
    assert (len(found.relaxed), len(found.dropped)) == (1, 1)


def test_one_failed_import_is_a_failure_with_its_cause() -> None:
    failed = [{"name": "cv2", "why": "ImportError: libGL.so.1: cannot open shared object file"}]
    found = read_answer(BLANK, {**ANSWER, "imports": {"ok": ["numpy"], "failed": failed}})
    assert not found.works
    assert tables.kind_of_cause(found) == "system package missing"


def test_a_repository_for_python_2_alone_is_named_but_not_counted() -> None:
    found = read_answer(BLANK, {**ANSWER, "imports": {"ok": [], "failed": []}})
    assert found.status == "python 2"
    assert [share.tried for share in tables.shares([found])] == [0, 0, 0]
    assert "a/b (3)" in tables.markdown([found], "today")


def test_a_share_of_what_declares_anything_includes_requirements_files() -> None:
    works = replace(BLANK, status="works", declares="requirements.txt")
    fails = replace(BLANK, declares="other")
    assert [(one.works, one.tried) for one in tables.shares([works, fails])] == [
        (1, 1),
        (1, 2),
        (0, 0),
    ]


def test_folders_of_this_machine_do_not_get_into_the_docs() -> None:
    found = replace(BLANK, cause="cannot read /home/me/repos/train.py: gone")
    assert "/home/me" not in tables.markdown([found], "today")


def test_records_are_the_same_after_they_were_kept(tmp_path: Path) -> None:
    found = read_answer(BLANK, ANSWER)
    records.save(tmp_path / "finished.json", {found.name: found})
    assert records.load(tmp_path / "finished.json") == {found.name: found}


def test_what_lacks_only_other_machines_modules_is_a_class_of_its_own() -> None:
    """It does not count as working; the share without such repositories is told beside it."""
    pi = [{"name": "picamera:PiCamera", "why": "ModuleNotFoundError: No module named 'picamera'"}]
    needs = [{"name": "picamera", "needs": "a Raspberry Pi"}]
    answer = {**ANSWER, "imports": {"ok": ["numpy"], "failed": pi}, "elsewhere": needs}
    found = read_answer(BLANK, answer)
    assert (found.status, found.works) == ("elsewhere", False)
    works = replace(BLANK, name="c/d", status="works")
    share = tables.shares([found, works])[-1]
    assert (share.works, share.tried, share.percent, share.percent_here) == (1, 2, 50.0, 100.0)
    assert "works but for picamera (a Raspberry Pi)" in tables.markdown([found], "today")


def test_something_else_that_fails_beside_it_is_a_failure_and_told_first() -> None:
    failed = [{"name": "RPi.GPIO", "why": "no"}, {"name": "cv2", "why": "ImportError: libGL.so.1"}]
    needs = [{"name": "RPi.GPIO", "needs": "a Raspberry Pi"}]
    found = read_answer(
        BLANK, {**ANSWER, "imports": {"ok": [], "failed": failed}, "elsewhere": needs}
    )
    assert found.status == "imports"
    assert found.cause == "cv2: ImportError: libGL.so.1; RPi.GPIO needs a Raspberry Pi"


def test_a_reason_that_many_imports_share_is_told_once() -> None:
    failed = [{"name": f"rec.part{number}", "why": "OSError: no"} for number in range(3)]
    found = read_answer(BLANK, {**ANSWER, "imports": {"ok": [], "failed": failed}})
    assert found.cause == "rec.part0 and 2 more: OSError: no"


def test_where_room_is_short_it_cleans_once_nobody_runs() -> None:
    free, cleaned = [5], []

    def clean() -> None:
        cleaned.append(len(cleaned))
        free[0] = 20

    room = Room(10, lambda: free[0], clean)
    with room.one():
        assert cleaned == [0]
    free[0] = 5
    begun, let_go = threading.Event(), threading.Event()

    def first() -> None:
        with room.one():
            begun.set()
            let_go.wait(10)

    def second() -> None:
        with room.one():
            pass

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert begun.wait(10)
    assert cleaned == [0, 1]
    free[0] = 5
    threads[1].start()
    assert cleaned == [0, 1]
    let_go.set()
    for one in threads:
        one.join(10)
    assert cleaned == [0, 1, 2]


def test_where_cleaning_does_not_help_nothing_is_begun() -> None:
    with (
        pytest.raises(NoRoomError, match="nothing is left to remove"),
        Room(10, lambda: 5, int).one(),
    ):
        pass


def test_what_was_under_way_when_room_ran_out_is_kept(tmp_path: Path) -> None:
    may_end = threading.Event()

    def attempt(name: str) -> Record:
        may_end.wait()
        return replace(BLANK, name=name)

    def short() -> Record:
        raise NoRoomError

    with ThreadPoolExecutor(2) as pool:
        trials = [pool.submit(short), *(pool.submit(attempt, name) for name in ("a", "b", "c"))]
        threading.Timer(0.1, may_end.set).start()
        keep_the_rest(pool, trials, tmp_path / "finished.json", {})
    assert "a" in records.load(tmp_path / "finished.json")


def test_entries_that_do_not_run_are_told_by_what_they_want() -> None:
    found = [
        Tried("o/a", "a.py", "failed: ValueError: x | y", "succeeded", ("numpy<2",)),
        Tried("o/a", "b.py", "timed_out: 60 s", "timed_out: 60 s"),
        *(
            Tried("o/b", "c.py", f"failed: {why}", f"failed: {why}")
            for why in (
                "FileNotFoundError: [Errno 2] No such file or directory: 'x.csv'",
                "URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
                "ModuleNotFoundError: No module named 'IPython.kernel'",
                "KeyError: 'x'",
            )
        ),
    ]
    lines = list(running.table(found))
    assert "| 6 | 1 | 1 | 2 |" in lines
    assert {"1 want a file", "1 want the network", "2 want something else"} <= set(lines)
    assert lines[-1] == "| o/a | a.py | failed: ValueError: x / y | numpy<2 | succeeded |"
