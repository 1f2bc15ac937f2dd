from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path

import pytest

from sandbox.domain import Run, Tweak
from sandbox.errors import InputError, UnavailableError
from sandbox.interfaces import Sampler
from sandbox.plugins import known_names, load_sampler


class OnePoint(Sampler):
    """A stranger's sampler."""

    def ask(self) -> Sequence[Tweak] | None:
        return None

    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None: ...


def having(**points: str) -> Callable[[str], Iterable[EntryPoint]]:
    """Only these are registered, in every group asked for."""
    return lambda group: [EntryPoint(name, value, group) for name, value in points.items()]


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EntryPoint:
    """An installed distribution whose sampler needs a library from its extra `search`."""
    (tmp_path / "stranger.py").write_text("import no_such_library\n")
    info = tmp_path / "stranger-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\nProvides-Extra: search\n"
        "Requires-Dist: requests\n"
        'Requires-Dist: no-such-library>=2; extra == "search"\n'
    )
    (info / "entry_points.txt").write_text("[sandbox.samplers]\nodd = stranger:Sampler\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = next(iter(Distribution.discover(name="stranger", path=[str(tmp_path)])))
    return next(iter(found.entry_points))


def test_a_registered_class_is_found_by_its_name() -> None:
    assert load_sampler("mine", registered=having(mine=f"{__name__}:OnePoint")) is OnePoint


def test_an_unknown_name_is_answered_with_the_near_and_the_known_ones() -> None:
    with pytest.raises(InputError, match="no sampler called 'gird'") as caught:
        load_sampler("gird", registered=having(grid="a:b", random="a:b"))
    assert caught.value.hint == "did you mean 'grid'? known: grid, random"


def test_nothing_registered_is_said() -> None:
    with pytest.raises(InputError) as caught:
        load_sampler("grid", registered=having())
    assert caught.value.hint == "known: none"


def test_a_missing_library_names_the_extra_that_brings_it(stranger: EntryPoint) -> None:
    with pytest.raises(UnavailableError, match="no_such_library") as caught:
        load_sampler("odd", registered=lambda _: [stranger])
    assert caught.value.hint == "install the extra: pip install 'stranger[search]'"
    assert "stranger" not in sys.modules


def test_a_missing_library_of_no_extra_is_named_itself() -> None:
    with pytest.raises(UnavailableError) as caught:
        load_sampler("odd", registered=having(odd="no_such_module.inner:Thing"))
    assert caught.value.hint == "install what it needs: no_such_module"


@pytest.mark.parametrize("value", ["pathlib:NoSuchName", "pathlib:Path", "os:sep"])
def test_what_is_no_sampler_is_refused(value: str) -> None:
    with pytest.raises(UnavailableError, match="odd"):
        load_sampler("odd", registered=having(odd=value))


def test_the_product_registers_its_own_engines_like_anyone() -> None:
    assert {"docker", "local"} <= set(known_names("engine"))
