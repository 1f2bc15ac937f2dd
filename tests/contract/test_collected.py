"""Every engine hands out what a variant made, and that only, within the bounds that were asked."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from sandbox.domain import EntryKind
from sandbox.interfaces import Execution, ExecutionEnded, Session, Wanted
from tests.support.sessions import MAIN, script, work

EVERYTHING = (Wanted("files", ("*",)),)
FILES = {"committed.csv": "1", "changed.csv": "1", "deep/er/kept.csv": "1"}


def run(execution: Execution, source: str) -> None:
    list(execution.run_cell(0, source))


def test_only_regular_files_come_out_and_the_rest_is_named(
    session: Session, tmp_path: Path
) -> None:
    seen = script(
        session,
        "import os\nos.makedirs('out/deep')\nopen('out/a.txt', 'w').write('A')\n"
        "open('out/deep/b.txt', 'wb').write(bytes(3_000_000))\nopen('c.log', 'w').close()\n"
        "os.symlink('/etc/passwd', 'out/link.txt')\nos.mkfifo('out/pipe.txt')\n"
        "with open('out/sparse.txt', 'wb') as f: f.truncate(64 * 2**30)\n"
        "os.chmod('out/deep/b.txt', 0o4000)\nos.chmod('out/deep', 0)\n",
        collect=(Wanted("texts", ("out/*.txt",), file_bytes=2**30),),
        files_to=tmp_path / "files",
    )
    assert {name: path.stat().st_size for name, path in seen.outcome.files.items()} == {
        "out/a.txt": 1,
        "out/deep/b.txt": 3_000_000,
    }
    assert sorted(seen.outcome.notes) == [
        "texts not kept, over 1024 MiB: out/sparse.txt",
        "texts not kept, pipe: out/pipe.txt",
        "texts not kept, symbolic link: out/link.txt",
    ]
    there = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert sorted(there) == sorted(seen.outcome.files.values())
    assert all(path.stat().st_mode & 0o7777 == 0o600 for path in there)


def test_nothing_is_copied_out_unless_asked_for(session: Session, tmp_path: Path) -> None:
    seen = script(session, "open('a.txt', 'w').close()", collect=EVERYTHING)
    assert seen.outcome.files == {}


def test_names_of_any_kind_do_no_harm(session: Session, tmp_path: Path) -> None:
    seen = script(
        session,
        "import os\n"
        "for name in (b'new\\nline.txt', b'-rf.txt', b'bad\\xff.txt', b'esc\\x1b[2J.txt',\n"
        "             b'<img src=x>.txt', b'a' * 251 + b'.txt', 'rtl-\\u202e.txt'.encode()):\n"
        "    open(name, 'w').close()\nos.mkfifo('pipe\\x1b[2J\\n.txt')\n",
        collect=(Wanted("texts", ("*.txt",)),),
        files_to=tmp_path / "files",
    )
    assert sorted(seen.outcome.files) == [
        "-rf.txt",
        "<img src=x>.txt",
        "bad?.txt",
    ]
    assert all(note.isprintable() for note in seen.outcome.notes)
    assert len(seen.outcome.notes) == 5
    assert len(list((tmp_path / "files").iterdir())) == 3


def test_what_was_made_or_changed_comes_out_and_what_was_committed_does_not(
    session: Session, tmp_path: Path
) -> None:
    seen = script(
        session,
        "import os, shutil, tempfile\nopen('changed.csv', 'a').write('2')\n"
        "os.makedirs('new/folder')\n"
        "open('new/folder/made.csv', 'w').write('3')\nopen('deep/er/made.CSV', 'w').write('4')\n"
        "shutil.copy2('committed.csv', 'copied.csv')\nos.rename('deep/er/kept.csv', 'moved.csv')\n"
        "tempfile.mkstemp(suffix='.csv')\nopen('gone.csv', 'w').close()\n"
        "os.remove('gone.csv')\n",
        files=FILES,
        collect=(Wanted("tables", ("*.csv",)),),
        files_to=tmp_path,
    )
    assert {name: path.read_text() for name, path in seen.outcome.files.items()} == {
        "changed.csv": "12",
        "new/folder/made.csv": "3",
        "deep/er/made.CSV": "4",
        "copied.csv": "1",
        "moved.csv": "1",
    }


def test_files_are_named_from_the_root_wherever_the_program_works(
    session: Session, tmp_path: Path
) -> None:
    seen = script(
        session,
        "",
        files={"scripts/main.py": "open('../a.txt', 'w').close(), open('b.txt', 'w').close()"},
        path="scripts/main.py",
        cwd="scripts",
        collect=EVERYTHING,
        files_to=tmp_path / "out",
    )
    assert sorted(seen.outcome.files) == ["a.txt", "scripts/b.txt"]


def test_of_too_many_the_newest_come_out_and_the_rest_is_counted(
    session: Session, tmp_path: Path
) -> None:
    seen = script(
        session,
        "import os\nfor at in range(500):\n    open(f'{at}.png', 'wb').write(bytes(10))\n"
        "    os.utime(f'{at}.png', (at, at))\nopen('large.png', 'wb').write(bytes(2000))\n"
        "open('a.pt', 'wb').write(bytes(60))\nos.utime('a.pt', (2, 2))\n"
        "open('b.pt', 'wb').write(bytes(60))\nos.utime('b.pt', (1, 1))\n",
        collect=(
            Wanted("images", ("*.png",), most_files=3, file_bytes=1000),
            Wanted("models", ("*.pt",), most_bytes=100),
        ),
        files_to=tmp_path,
    )
    assert sorted(seen.outcome.files) == ["497.png", "498.png", "499.png", "a.pt"]
    assert sorted(seen.outcome.notes) == [
        "images not kept, over 0.000953674 MiB: large.png",
        "images not kept, over 3 files: 496.png and 496 more",
        "models not kept, over 9.53674e-05 MiB together: b.pt",
    ]


def test_more_writes_than_the_kernel_tells_one_by_one_lose_nothing(
    session: Session, tmp_path: Path
) -> None:
    seen = script(
        session,
        "for at in range(20000):\n    open(f'{at}.bin', 'w').close()\n"
        "open('end.csv', 'w').close()\n"
        "open('changed.csv', 'w').write('2')\n",
        files=FILES,
        collect=(Wanted("tables", ("*.csv",)),),
        files_to=tmp_path,
    )
    assert sorted(seen.outcome.files) == ["changed.csv", "end.csv"]


def test_a_process_that_swaps_files_for_links_gets_nothing_of_others_out(
    session: Session, tmp_path: Path
) -> None:
    seen = script(
        session,
        "import os, time\n"
        "if os.fork() == 0:\n    os.setsid()\n    while True:\n"
        "        for make in (lambda: os.symlink('/etc/passwd', 'x'),"
        " lambda: open('x', 'w').write('mine')):\n"
        "            try: os.remove('swap.txt')\n            except OSError: pass\n"
        "            make()\n            os.rename('x', 'swap.txt')\n"
        "time.sleep(0.3)\n",
        collect=EVERYTHING,
        files_to=tmp_path,
    )
    found = {path.read_text() for path in seen.outcome.files.values()}
    assert found <= {"mine", ""}, seen.outcome


def test_a_branch_hands_out_what_it_and_its_origin_made_and_nothing_of_its_siblings(
    session: Session, tmp_path: Path
) -> None:
    files = {"data.txt": "pristine", "other.txt": "o"}
    origin = session.begin(work(files, EntryKind.notebook, collect=EVERYTHING))
    run(origin, "open('early.txt', 'w').write('early')")
    found = []
    for name in ("one", "two"):
        branch = origin.branch()
        run(branch, f"open('{name}.txt', 'w').close(); open('other.txt', 'a').write('{name}')")
        outcome = branch.finish(tmp_path / name)
        found.append({name: path.read_text() for name, path in outcome.files.items()})
    last = origin.branch()
    run(last, "1")
    found.append(
        {name: path.read_text() for name, path in last.finish(tmp_path / "3").files.items()}
    )
    origin.finish()
    assert found == [
        {"early.txt": "early", "one.txt": "", "other.txt": "oone"},
        {"early.txt": "early", "two.txt": "", "other.txt": "otwo"},
        {"early.txt": "early"},
    ]


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "1 / 0", "os._exit(4)", "os.kill(0, 9)"])
def test_what_a_failing_program_left_comes_out_too(
    session: Session, tmp_path: Path, code: str
) -> None:
    source = f"import os\nopen('log.csv', 'w').write('1')\n{code}"
    execution = session.begin(work({"main.py": source}, EntryKind.script, collect=EVERYTHING))
    with contextlib.suppress(ExecutionEnded):
        run(execution, MAIN)
    assert list(execution.finish(tmp_path).files) == ["log.csv"]
