from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from sandbox.settings.pip import parse_pip_configuration, read_pip_configuration
from sandbox.settings.remembering import recall_pip_configuration


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """pip's own files are those of a user who has one, old enough to be trusted."""
    config = tmp_path / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    write(config, "/a")
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}


def write(config: Path, folder: str, *, age_s: float = 60) -> None:
    config.write_text(f"[global]\nfind-links = {folder}\n")
    then = time.time() - age_s
    os.utime(config, (then, then))


def find_links(environ: dict[str, str], memory: Path) -> tuple[str, ...]:
    """Remembered, and the same as pip says now."""
    said = parse_pip_configuration(recall_pip_configuration(environ, memory), environ)
    assert said == parse_pip_configuration(read_pip_configuration(environ), environ)
    return said.find_links


def is_remembered(environ: dict[str, str], memory: Path) -> bool:
    """Whether what stands in the memory is the answer, and pip is not asked."""
    if not memory.exists():
        return False
    before = memory.read_text()
    fields = {**json.loads(before), "answer": "marked"}
    memory.write_text(json.dumps(fields))
    answer = recall_pip_configuration(environ, memory)
    memory.write_text(before)
    return answer == "marked"


def test_what_is_known_is_answered_without_pip(tmp_path: Path, environ: dict[str, str]) -> None:
    memory = tmp_path / "pip.json"
    assert find_links(environ, memory)[-1] == "/a"
    assert is_remembered(environ, memory)


def test_a_file_that_changed_appeared_or_went_away_is_noticed(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    memory, config = tmp_path / "pip.json", tmp_path / ".config" / "pip" / "pip.conf"
    find_links(environ, memory)
    write(config, "/b", age_s=50)  # of the same size
    assert find_links(environ, memory)[-1] == "/b"
    assert is_remembered(environ, memory)
    legacy = tmp_path / ".pip" / "pip.conf"
    legacy.parent.mkdir()
    write(legacy, "/c")
    config.unlink()
    assert find_links(environ, memory)[-1] == "/c"
    assert is_remembered(environ, memory)


@pytest.mark.parametrize("name", ["PIP_FIND_LINKS", "pip_find_links", "PIP_CONFIG_FILE", "HOME"])
def test_another_variable_is_noticed(tmp_path: Path, environ: dict[str, str], name: str) -> None:
    memory, other = tmp_path / "pip.json", tmp_path / "other"
    find_links(environ, memory)
    other.mkdir()
    write(other / "pip.conf", "/d")
    value = str(other / "pip.conf") if name == "PIP_CONFIG_FILE" else str(other)
    assert not is_remembered({**environ, name: value}, memory)
    find_links({**environ, name: value}, memory)
    assert is_remembered({**environ, name: value}, memory)


def test_a_file_that_was_written_just_now_may_change_unseen(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    memory = tmp_path / "pip.json"
    write(tmp_path / ".config" / "pip" / "pip.conf", "/e", age_s=-60)  # however slow the machine is
    find_links(environ, memory)
    assert not is_remembered(environ, memory)


def test_a_password_is_never_written_down(tmp_path: Path, environ: dict[str, str]) -> None:
    told = {**environ, "PIP_INDEX_URL": "https://me:canary@mirror.example.org/simple"}
    memory = tmp_path / "cache" / "pip.json"
    assert "canary" in recall_pip_configuration(told, memory)
    assert not any("canary" in path.read_text() for path in memory.parent.glob("*"))


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"question": 1, "files": 3}'])
def test_a_damaged_memory_counts_as_none(
    tmp_path: Path, environ: dict[str, str], text: str
) -> None:
    memory = tmp_path / "pip.json"
    memory.write_text(text)
    assert find_links(environ, memory)[-1] == "/a"
    assert is_remembered(environ, memory)


def test_a_pip_that_cannot_read_its_files_is_asked_again(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    memory, config = tmp_path / "pip.json", tmp_path / ".config" / "pip" / "pip.conf"
    config.write_text("no section\n")
    assert recall_pip_configuration(environ, memory) == ""
    assert not memory.exists()
