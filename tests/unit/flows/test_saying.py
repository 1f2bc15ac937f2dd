"""What a run failed with, out of tracebacks as Python and IPython write them."""

from __future__ import annotations

import time

import pytest

from sandbox.flows.sweeps.saying import told_of
from sandbox.notebooks import CellError

PACKAGES = {"pandas": "2.1.0", "pyyaml": "6.0.3", "scikit-learn": "1.3.2"}

OWN = """\
Traceback (most recent call last):
  File "<cell 3>", line 8, in <module>
    runpy.run_path(script, run_name="__main__")
    ~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/lab/repo/conf.py", line 3, in <module>
    print(yaml.load("a: 1"))
          ~~~~~~~~~^^^^^^^^
TypeError: load() missing 1 required positional argument: 'Loader'
"""
CHAINED = """\
Traceback (most recent call last):
  File "/env/lib/python3.11/site-packages/pandas/compat/_optional.py", line 142, in import_it
    module = importlib.import_module(name)
ModuleNotFoundError: No module named 'tabulate'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/lab/repo/train.py", line 5, in <module>
    print(df.to_markdown())
  File "/env/lib/python3.11/site-packages/pandas/compat/_optional.py", line 145, in import_it
    raise ImportError(msg)
ImportError: Missing optional dependency 'tabulate'.
"""
IPYTHON = (
    "\x1b[31m---------------------------------------------------------------------------\x1b[0m\n"
    "\x1b[31mAttributeError\x1b[39m                  Traceback (most recent call last)\n"
    "Cell \x1b[32mIn[2]\x1b[39m, line 3\n"
    "\x1b[32m      1\x1b[39m x = 1\n"
    "\x1b[32m----> 3\x1b[39m df.append(row)\n"
    "\n"
    "File \x1b[32m/env/lib/python3.9/site-packages/pandas/core/generic.py:6204\x1b[39m, in get\n"
    "   6203     return object\n"
    "-> 6204 return object.__getattribute__(self, name)\n"
    "\n"
    "\x1b[31mAttributeError\x1b[39m: 'DataFrame' object has no attribute 'append'"
)
OLDER = """\
---------------------------------------------------------------------------
ValueError                                Traceback (most recent call last)
<ipython-input-5-1a2b> in <module>
----> 1 obs, reward, done, info = env.step(0)

ValueError: too many values to unpack (expected 4)
"""


@pytest.mark.parametrize(
    ("name", "value", "traceback", "told"),
    [
        (
            "TypeError",
            "load() missing 1 required positional argument: 'Loader'",
            OWN,
            (
                'print(yaml.load("a: 1"))\n'
                "TypeError: load() missing 1 required positional argument: 'Loader'"
            ),
        ),
        (
            "ImportError",
            "Missing optional dependency 'tabulate'.  \nUse pip.",
            CHAINED,
            (
                "raise ImportError(msg)\n"
                "ImportError: Missing optional dependency 'tabulate'. Use pip."
                " (after ModuleNotFoundError: No module named 'tabulate') [in pandas 2.1.0]"
            ),
        ),
        (
            "AttributeError",
            "'DataFrame' object has no attribute 'append'",
            IPYTHON,
            (
                "return object.__getattribute__(self, name)\n"
                "AttributeError: 'DataFrame' object has no"
                " attribute 'append' [in pandas 2.1.0]"
            ),
        ),
        (
            "ValueError",
            "too many values to unpack (expected 4)",
            OLDER,
            (
                "obs, reward, done, info = env.step(0)\n"
                "ValueError: too many values to unpack (expected 4)"
            ),
        ),
        (
            "ImportError",
            "cannot import name 'x' from 'y' (/store/environments/f7-9a/lib/site-packages/y.py)",
            "",
            "\nImportError: cannot import name 'x' from 'y' (y.py)",
        ),
        ("KeyError", "'x'", "", "\nKeyError: 'x'"),
        ("KeyError", "'x'", "\x00" * 10_000, "\nKeyError: 'x'"),
        ("E", "x", OWN.replace("/lab/repo", "/e/site-packages/sklearn"), None),
        ("E", "x", OWN.replace("/lab/repo", "/e/site-packages/nobody"), None),
    ],
)
def test_it_is_told_as_failed_imports_are(
    name: str, value: str, traceback: str, told: str | None
) -> None:
    found = told_of(CellError(0, name, value, traceback), PACKAGES)
    if told is not None:
        assert found == told
    else:
        assert found.endswith((" [in scikit-learn 1.3.2]", " [in nobody]"))


def test_much_is_not_told() -> None:
    long = "y" * 40_000
    frame = f'File "/site-packages/{"p" * 4000}/a.py", line 1\n    {long}\n'
    for traceback in ("----> 1 " + "y" * 1_000_000, f"----> 1 {long}", frame):
        error = CellError(0, "E" * 100_000, "x" * 100_000, traceback)
        assert len(told_of(error, PACKAGES)) < 1500


@pytest.mark.parametrize("line", ["\n", " \n", 'File "a"\n', "Cell \n", "a.Error\n", "--> 1\n"])
def test_a_traceback_of_one_line_again_and_again_takes_no_time(line: str) -> None:
    error = CellError(0, "E", "x", line * (50_000 // len(line)))
    started = time.process_time()
    told_of(error, PACKAGES)
    assert time.process_time() - started < 1  # else a minute
