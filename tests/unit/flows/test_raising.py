"""Where an error was raised, out of tracebacks as Python and IPython write them."""

from __future__ import annotations

import time

import pytest

from sandbox.flows.sweeps.raising import cell_of, place_of

PATHS = ("train.py", "src/net.py", "net.py")

PYTHON = """\
Traceback (most recent call last):
  File "<cell 3>", line 8, in <module>
    runpy.run_path(script, run_name="__main__")
  File "/tmp/lab/repo/train.py", line 9, in <module>
    net(x)
  File "/tmp/lab/repo/src/net.py", line 4, in forward
    raise ValueError(x)
  File "/env/lib/python3.11/site-packages/torch/net.py", line 77, in call
ValueError: 3
"""
IPYTHON = (
    "\x1b[31mValueError\x1b[39m  Traceback (most recent call last)\n"
    "Cell \x1b[32mIn[2]\x1b[39m, line 1\n"
    "File \x1b[32m/lab/repo/train.py:12\x1b[39m, in main()\n"
    "ValueError: x\n"
)


def test_it_is_the_innermost_frame_of_the_repositorys_own_files() -> None:
    assert place_of(PYTHON, PATHS) == "src/net.py:4"
    assert place_of(IPYTHON, PATHS) == "train.py:12"


def test_where_no_frame_is_of_the_repository_nothing_is_told() -> None:
    assert place_of(PYTHON, ("other.py",)) is None
    assert place_of("", PATHS) is None
    assert place_of('  File "' + "/" * 300_000, PATHS) is None


OLDER = """\
---------------------------------------------------------------------------
ValueError                                Traceback (most recent call last)
<ipython-input-5-1a2b> in <module>
----> 1 train(3)

<ipython-input-2-9f8e> in train(x)
      1 def train(x):
----> 2     raise ValueError(x)

ValueError: 3
"""


@pytest.mark.parametrize(
    ("traceback", "place"),
    [
        (PYTHON, (3, 8)),
        (IPYTHON, (2, 1)),
        (OLDER, (2, 2)),
        (OLDER.replace("<ipython-input-2-9f8e> in ", "Input In [4], in "), (4, 2)),
        ("Input In [7]\n    x = = 1\nSyntaxError: invalid syntax", None),
        ("ValueError: 3", None),
        ("", None),
        ("----> 1\n" * 50_000, None),
    ],
)
def test_of_a_notebook_it_is_the_innermost_cell_and_its_line(
    traceback: str, place: tuple[int, int] | None
) -> None:
    assert cell_of(traceback) == place


@pytest.mark.parametrize(
    "line", ["\n", " \n", "<ipython-input-1-a> in \n", "Input In [1] in \n", "File x\n", "--> 1\n"]
)
def test_a_traceback_of_one_line_again_and_again_takes_no_time(line: str) -> None:
    traceback = line * (200_000 // len(line))
    started = time.process_time()
    place_of(traceback, PATHS)
    cell_of(traceback)
    assert time.process_time() - started < 2  # else minutes
