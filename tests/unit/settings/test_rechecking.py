"""Settings that were found to be fine are not checked again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.errors import RecipeError
from sandbox.paths import Home
from sandbox.settings import load_settings

TOLD = """
jobs = 3
base.image = "debian:{python}"
indexes.find_links = ["/wheels"]
limits = {timeout = "2m", memory = "1GiB"}
git = {hosts = ["example.org"], config = {"http.proxy" = "http://localhost:1"}}
"""
_LOADS = """
import sys
from pathlib import Path
from sandbox.settings import load_settings
load_settings(Path(sys.argv[1]), {})
print("pydantic" in sys.modules)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.settings.write_text(TOLD)
    return found


def is_checked(home: Home) -> bool:
    """Whether a fresh process needs the library that checks."""
    asked = [sys.executable, "-c", _LOADS, str(home.root)]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout == "True\n"


def test_only_what_changed_is_checked(home: Home) -> None:
    assert [is_checked(home), is_checked(home)] == [True, False]
    home.settings.write_text(TOLD.replace("jobs = 3", "jobs = 4"))
    assert [is_checked(home), is_checked(home)] == [True, False]


def test_what_is_remembered_is_what_was_checked(home: Home) -> None:
    checked = load_settings(home.root, {})
    assert home.checked.exists()
    remembered = load_settings(home.root, {})
    assert remembered == checked
    assert remembered.load_indexes() == checked.load_indexes()
    assert (remembered.limits.timeout_s, remembered.git_hosts[-1]) == (120.0, "example.org")


def test_what_is_wrong_stays_wrong(home: Home) -> None:
    load_settings(home.root, {})
    home.settings.write_text(TOLD.replace("jobs = 3", "jobs = 0"))
    for _ in range(2):
        with pytest.raises(RecipeError, match="jobs"):
            load_settings(home.root, {})


def test_a_password_is_not_written_down(home: Home) -> None:
    home.settings.write_text('tracking_uri = "postgresql://me:canary@host/db"')
    load_settings(home.root, {})
    assert not home.checked.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"question": 1}', "half"])
def test_a_damaged_memory_counts_as_none(home: Home, text: str) -> None:
    checked = load_settings(home.root, {})
    fields = json.loads(home.checked.read_text())
    halves = {"half": json.dumps({**fields, "answer": {"jobs": 3}})}
    home.checked.write_text(halves.get(text, text))
    assert load_settings(home.root, {}) == checked


def test_no_home_is_made_for_it(tmp_path: Path) -> None:
    load_settings(tmp_path / "none", {"SANDBOX_JOBS": "2"})
    assert not (tmp_path / "none").exists()
