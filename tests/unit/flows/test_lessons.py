"""What failed runs have taught, kept in a file that anything may have happened to."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.domain import Requirements
from sandbox.environments import Raised, Remedy
from sandbox.flows.environments.lessons import (
    Lesson,
    Lessons,
    forget_lessons,
    load_lessons,
    save_lessons,
    with_lessons,
)

LESSON = Lesson(
    Raised("a.py", "TypeError: x", "f()"),
    Remedy("a.py: x; trying b<2", constraints=("b<2",), python="<3.12"),
)
ASKED = Requirements(("b", "c"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lessons.json"


def test_what_is_kept_is_read_again(path: Path) -> None:
    lessons = Lessons((), (Remedy("no", packages=("d",)),)).trying(LESSON)
    assert lessons.on_trial
    save_lessons(path, "a.py", lessons)
    save_lessons(path, "b.py", Lessons())
    assert load_lessons(path, "a.py") == lessons
    assert load_lessons(path, "b.py") == load_lessons(path, "c.py") == Lessons()


def test_what_was_learned_is_asked_besides() -> None:
    changed = with_lessons(ASKED, [LESSON])
    assert changed.constraints == ("b<2",)
    assert changed.python == "<3.12"
    assert changed.decisions == ("a.py: x; trying b<2",)
    assert with_lessons(ASKED, ()) == ASKED


def test_what_is_refused_counts_as_tried_whatever_it_was_for(path: Path) -> None:
    lessons = Lessons((LESSON,)).refusing(LESSON.remedy)
    assert lessons.kept == ()
    assert lessons.has_tried(Remedy("other words", constraints=("b<2",), python="<3.12"))
    assert not lessons.has_tried(Remedy("", constraints=("b<3",)))


def test_what_is_forgotten_is_told(path: Path) -> None:
    assert not forget_lessons(path)
    save_lessons(path, "a.py", Lessons((LESSON,)))
    save_lessons(path, "b.py", Lessons((), (LESSON.remedy,)))
    told = "what failed runs had taught is forgotten: a.py (b<2, Python <3.12)"
    assert forget_lessons(path) == told
    assert not path.exists()


@pytest.mark.parametrize(
    "damage",
    ["", "[]", "3", '{"a.py": 1}', '{"a.py": {"kept": 3}}', "\x00", '{"a.py"',
     '{"a.py": {"kept": [{"raised": {"x": 1}, "remedy": {}}], "refused": []}}'],
)  # fmt: skip
def test_a_damaged_file_teaches_nothing(path: Path, damage: str) -> None:
    path.write_text(damage)
    assert load_lessons(path, "a.py") == Lessons()
    save_lessons(path, "a.py", Lessons((LESSON,)))
    assert load_lessons(path, "a.py").kept == (LESSON,)
