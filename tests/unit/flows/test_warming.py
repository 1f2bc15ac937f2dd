"""What the first run of a sweep imported is loaded once for the others, where that is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import api
from sandbox.api import Request
from sandbox.domain import Run
from sandbox.flows.context import Context
from tests.support.commands import write_repository
from tests.support.wheels import make_index, make_wheel

pytestmark = pytest.mark.slow

EAGER = "import os\nPID = os.getpid()\nos.environ['EAGER_CACHE'] = '/somewhere'\n"
SCRIPT = """\
import argparse
import os
{before}import eager

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
print("loss:", parser.parse_args().lr)
print("accuracy:", int(eager.PID == os.getpid()))  # 1 where it imported for itself
"""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An index with one package, which sets a variable when it is imported."""
    wheel = make_wheel(tmp_path / "files", "eager", "1.0", modules={"eager.py": EAGER})
    index = make_index(tmp_path / "simple", [wheel])
    home = tmp_path / "home"
    home.mkdir()
    settings = f'engine = "local"\n[indexes]\nindex_url = "{index}"\n'
    (home / "sandbox.toml").write_text(settings)
    return api.connect(home, environ={}, folder=tmp_path)


def sweep(context: Context, tmp_path: Path, before: str = "") -> list[Run]:
    target = write_repository(tmp_path / "studied", {"train.py": SCRIPT.format(before=before)})
    asked = Request(str(target), "train.py", {"lr": ("0.2,0.3,0.4",)}, jobs=1)
    return list(api.sweep(context, asked).runs)


def imported_here(runs: list[Run]) -> list[float]:
    return [run.metrics["accuracy"] for run in runs]


def test_imports_are_loaded_once_where_they_change_variables_by_themselves(
    context: Context, tmp_path: Path
) -> None:
    runs = sweep(context, tmp_path)
    assert imported_here(runs) == [1, 0, 0, 0]
    assert not any(run.notes for run in runs)


def test_a_program_that_changes_variables_imports_for_itself_and_says_so(
    context: Context, tmp_path: Path
) -> None:
    runs = sweep(context, tmp_path, "os.environ['EAGER_KIND'] = 'other'\n")
    assert imported_here(runs) == [1, 1, 1, 1]
    note = (
        "its imports were not shared with other variants: "
        "the program changes environment variables by itself: EAGER_KIND"
    )
    assert [run.notes for run in runs] == [(), (note,), (note,), (note,)]
