"""What goes from a Store with what no environment is linked to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.environments.store.inside.freeing import main, remove_unused


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Two unpacked wheels, of which an environment is linked to one, and what uv notes of each."""
    cache = tmp_path / "cache"
    notes = cache / "wheels-v7" / "pypi" / "alpha"
    notes.mkdir(parents=True)
    (tmp_path / "environments").mkdir()
    for name in ("needed", "idle"):
        module = cache / "archive-v0" / name / "alpha.py"
        module.parent.mkdir(parents=True)
        module.write_text("x = 1\n")
        (notes / name).symlink_to(f"../../../archive-v0/{name}")
        (notes / f"{name}.http").write_text(f"archive-v0/{name}\n")
    os.link(cache / "archive-v0" / "needed" / "alpha.py", tmp_path / "environments" / "alpha.py")
    return cache


def left(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "wheels-v7" / "pypi" / "alpha").iterdir())


def test_what_names_an_unpacked_wheel_goes_with_it(cache: Path) -> None:
    assert remove_unused(str(cache.parent)) > 0
    assert [path.name for path in (cache / "archive-v0").iterdir()] == ["needed"]
    assert left(cache) == ["needed", "needed.http"]


def test_a_link_that_leads_nowhere_is_no_obstacle_and_goes(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such were left behind where only files were looked at, and ended what came next."""
    (cache / "wheels-v7" / "pypi" / "alpha" / "lost").symlink_to("../../../archive-v0/lost")
    main(str(cache.parent), "home", "0", "cache")
    assert '"cache": ' in capsys.readouterr().out
    assert left(cache) == ["needed", "needed.http"]
