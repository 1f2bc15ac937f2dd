from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.engines.local.workbench import LocalWorkbench
from sandbox.environments.bases.debian import sort_out
from sandbox.environments.bases.images import compiler_base, derived_base, ensure_base
from sandbox.errors import EngineError, StoreError
from sandbox.interfaces import Derivation, Step, StepResult, Workbench

NO_REGISTRY = "127.0.0.1:9"


class Shop(Workbench):
    """Has one plain base of Python 3.11, and a Debian with the packages in `stock`.

    Attributes:
        stock: name → what is said of it: `kept`, `unfit … why`, or not there at all.
        failing: raised by what derives.
    """

    store = "/store"
    identity = "shop"

    def __init__(self, stock: Mapping[str, str] | None, failing: Exception | None = None) -> None:
        self.stock, self.failing = stock, failing
        self.images: dict[str, str] = {}
        self.made: list[Derivation] = []
        self.asked = 0

    def find_base(self, key: str) -> str | None:
        plain = key.startswith("py3.11-made-") and key.count("-") == 2
        return "plain" if plain else self.images.get(key)

    def add_base(self, key: str, source: Path | str | Derivation) -> str:
        if self.failing:
            raise self.failing
        assert isinstance(source, Derivation)
        self.made.append(source)
        self.images[key] = f"with {' '.join(source.packages)}"
        return self.images[key]

    def run(self, step: Step) -> StepResult:
        self.asked += 1
        if self.stock is None:
            return StepResult(0, "no-mirror\n")
        names = step.command[4:]
        told = [f"{self.stock.get(name, 'unknown').format(name)}\n" for name in names]
        return StepResult(0, "Reading lists\n" + "".join(told))


def derive(shop: Workbench, cache: Path, *names: str, **options: Any) -> Any:
    options = {"python": "3.11", "cache": cache, "registry": NO_REGISTRY, **options}
    return derived_base(shop, system_packages=names, **options)


STOCK = {"git": "kept {}", "libgl1": "kept {}", "exim4": "unfit {} Unable to correct problems"}


def test_no_packages_are_the_plain_base(tmp_path: Path) -> None:
    shop = Shop(STOCK)
    options: dict[str, Any] = {"python": "3.11", "cache": tmp_path, "registry": NO_REGISTRY}
    assert derive(shop, tmp_path).image == ensure_base(shop, **options) == "plain"
    assert not shop.asked


def test_what_debian_has_is_installed_and_what_not_is_told(tmp_path: Path) -> None:
    shop, said = Shop(STOCK), list[str]()
    base = derive(shop, tmp_path, "libgl1", "nope", "git", "exim4", on_line=said.append)
    assert base.image == "with git libgl1"
    assert shop.made == [Derivation("plain", ("git", "libgl1"))]
    assert {one.name: one.why for one in base.dropped} == {
        "exim4": "apt: Unable to correct problems",
        "nope": "not known to this Debian",
    }
    assert "system packages: nope left out: not known to this Debian" in said


def test_the_same_list_in_any_order_is_asked_for_and_made_once(tmp_path: Path) -> None:
    shop = Shop(STOCK)
    first = derive(shop, tmp_path, "git", "nope")
    assert derive(shop, tmp_path, "nope", "git", "git") == first
    assert (shop.asked, len(shop.made)) == (1, 1)
    assert derive(shop, tmp_path, "libgl1").image != first.image


def test_a_base_that_was_removed_is_made_again(tmp_path: Path) -> None:
    shop = Shop(STOCK)
    first = derive(shop, tmp_path, "git")
    shop.images.clear()
    assert derive(shop, tmp_path, "git") == first
    assert len(shop.made) == 2


def test_a_name_of_an_older_debian_is_mapped_and_told(tmp_path: Path) -> None:
    shop, said = Shop(STOCK), list[str]()
    base = derive(shop, tmp_path, "libgl1-mesa-glx", on_line=said.append)
    assert (base.image, base.dropped) == ("with libgl1", ())
    assert "system packages: libgl1-mesa-glx is called libgl1 in this Debian" in said
    still = Shop({**STOCK, "libgl1-mesa-glx": "kept {}"})
    assert derive(still, tmp_path / "other", "libgl1-mesa-glx").image == "with libgl1-mesa-glx"


def test_without_a_mirror_nothing_is_installed_and_that_is_not_remembered(tmp_path: Path) -> None:
    shop = Shop(None)
    base = derive(shop, tmp_path, "git")
    assert base.image == "plain"
    assert [one.why for one in base.dropped] == ["no Debian mirror answers"]
    shop.stock = STOCK
    assert derive(shop, tmp_path, "git").image == "with git"


def test_an_installation_that_fails_leaves_the_plain_base(tmp_path: Path) -> None:
    shop = Shop(STOCK, EngineError("git cannot be installed: dpkg died"))
    base = derive(shop, tmp_path, "git")
    assert base.image == "plain"
    assert [one.why for one in base.dropped] == ["git cannot be installed: dpkg died"]
    shop.failing = None
    assert derive(shop, tmp_path, "git").image == "with git"


def test_a_full_disk_is_no_reason_to_go_on(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        derive(Shop(STOCK, StoreError("the engine's disk is full")), tmp_path, "git")


@pytest.mark.parametrize(
    "name",
    [
        "-y",
        "--allow-downgrades",
        "git-",
        "./git.deb",
        "git=1",
        "git:arm64",
        "git/sid",
        "Git",
        "a",
        "git vim",
        "git;id",
        "$(id)",
        "git\nvim",
        "",
        "^git",
        "git*",
    ],
)
def test_what_is_no_name_is_never_asked_for(name: str) -> None:
    good, bad = sort_out([name, "g++", "libstdc++6", "0ad"])
    assert good == ["0ad", "g++", "libstdc++6"]
    assert len(bad) == 1
    assert all(c.isprintable() for c in bad[0].name)


def test_debians_own_python_gets_its_headers_beside_the_compiler(tmp_path: Path) -> None:
    tools = ("g++", "gcc", "make", "pkg-config", "python3-dev", "swig", "git")
    shop = Shop(dict.fromkeys(tools, "kept {}"))
    options: dict[str, Any] = {"python": "3.11", "cache": tmp_path, "registry": NO_REGISTRY}
    image = compiler_base(shop, system_packages=("git", "nope"), **options)
    assert sorted(image.split()[1:]) == sorted(tools)


def test_no_compiler_is_an_error(tmp_path: Path) -> None:
    options: dict[str, Any] = {"python": "3.11", "cache": tmp_path, "registry": NO_REGISTRY}
    with pytest.raises(EngineError, match="no Debian mirror answers"):
        compiler_base(Shop(None), **options)


def test_the_local_engine_installs_nothing_and_says_what_to_type(tmp_path: Path) -> None:
    workbench = LocalWorkbench(tmp_path / "store")
    base = derive(workbench, tmp_path, "no-such-package-at-all", "a;b")
    assert base.image == "host"
    assert {one.name: one.why for one in base.dropped} == {
        "a;b": "no name of a Debian package",
        "no-such-package-at-all": (
            "not on this machine; install it with: sudo apt-get install no-such-package-at-all"
        ),
    }
    with pytest.raises(EngineError) as error:
        workbench.add_base("key", Derivation("host", ("git", "vim")))
    assert error.value.hint == "install it with: sudo apt-get install git vim"
