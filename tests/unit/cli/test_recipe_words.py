"""What is typed after `sandbox recipe`, where a file of problems lies beside the recipes."""

from __future__ import annotations

from pathlib import Path

from tests.support.commands import command

PROBLEM = (
    "['juggling']\nalso = 'three balls'\ntask = 'balls'\nmodels = 'net'\ntopics = 'juggling'\n"
)


def test_problems_are_checked_and_never_listed(home: Path) -> None:
    path = home / "recipes" / "problems.toml"
    path.parent.mkdir(parents=True)
    path.write_text(PROBLEM)
    listed = command("recipe", "list")
    assert listed.code == 0
    assert "makemore" in listed.out
    assert "problems" not in listed.out + listed.err
    assert command("recipe", "check", str(path)).out.endswith("fine (problems: 1)\n")
    path.write_text(PROBLEM.replace("topics", "topcis"))
    ended = command("recipe", "check", str(path))
    assert ended.code == 2
    assert "did you mean 'topics'?" in ended.err
