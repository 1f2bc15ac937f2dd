"""What imports in one environment is not imported again in a larger one, unless that can matter."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from sandbox.environments.checking.importing import Known, Tried, _heard, import_all, importing
from tests.support.sites import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


class Counted:
    """A library that says when it is imported, and what else it looks for."""

    def __init__(self, site: Site, folder: Path, *, version: str = "1.0", text: str = "") -> None:
        self.site, self.log = site, folder / "imported"
        count = f"open({str(self.log)!r}, 'a').write('.')\n"
        site.add(f"lib-{version}", lib=count + "part = 1\n" + textwrap.dedent(text))
        self.known = Known({"lib": version}, {})
        self.known = Known({"lib": version}, self.try_out().touched)

    def try_out(self) -> Tried:
        site, names = self.site, ("lib", "lib:part")
        begun = importing(site.workbench, "host", site.python, names, [self.known])
        with begun as finish:
            return finish()

    def is_imported_again(self) -> bool:
        before = self.log.read_text()
        tried = self.try_out()
        assert tried.errors == {"lib": None, "lib:part": None}
        assert tried.touched.keys() == {"lib", "lib:part"}
        return self.log.read_text() != before


OPTIONAL = """
    import importlib.util
    try:
        import optional
    except ImportError:
        optional = None
    found = importlib.util.find_spec("speedups")
"""
ASKS = """
    from importlib.metadata import PackageNotFoundError, version
    try:
        version("Some.Thing")
    except PackageNotFoundError:
        pass
"""
PLUGINS = """
    from importlib.metadata import entry_points
    list(entry_points())
"""


def test_what_imports_in_one_environment_is_not_imported_again_in_a_larger_one(
    site: Site, tmp_path: Path
) -> None:
    lib = Counted(site, tmp_path, text=OPTIONAL + ASKS + PLUGINS)
    assert "optional" in lib.known.names["lib"][0]
    assert {"some-thing", "*"} <= set(lib.known.names["lib"][1])
    assert not lib.is_imported_again()
    site.add("other-2.0", other="", another__inner="")
    with (site.packages / "other-2.0.dist-info" / "RECORD").open("a") as record:
        record.write("../../../bin/other,sha256=x,1\n../../../share/man/man1/other.1,,\n")
    (site.packages / "other-2.0.dist-info" / "entry_points.txt").write_text(
        "[console_scripts]\nother = other:main\n"
    )
    assert not lib.is_imported_again()


@pytest.mark.parametrize(
    ("text", "distribution", "modules"),
    [
        (OPTIONAL, "other-1", {"optional": ""}),
        (OPTIONAL, "other-1", {"speedups__fast": ""}),
        (ASKS, "some_thing-1", {"other": ""}),
        ("", "other-1", {"lib__more": ""}),
        ("", "other-1", {"sitecustomize": ""}),
    ],
)
def test_what_can_matter_to_an_import_has_it_tried_again(
    site: Site, tmp_path: Path, text: str, distribution: str, modules: dict[str, str]
) -> None:
    lib = Counted(site, tmp_path, text=text)
    site.add(distribution, **modules)
    assert lib.is_imported_again()


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("RECORD", "other.pth,sha256=x,1\n"),
        ("RECORD", '"a,b.pth",,\n'),
        ("RECORD", "../../libmkl.so,sha256=x,1\n"),
        ("RECORD", None),
        ("entry_points.txt", "[console_scripts]\na = b:c\n\n[lib.plugins]\na = b\n"),
    ],
)
def test_what_may_act_from_afar_has_imports_tried_again(
    site: Site, tmp_path: Path, file: str, content: str | None
) -> None:
    lib = Counted(site, tmp_path, text=PLUGINS)
    site.add("other-1", other="")
    path = site.packages / "other-1.dist-info" / file
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_text(content)
    assert lib.is_imported_again()


def test_another_version_or_a_package_less_has_imports_tried_again(
    site: Site, tmp_path: Path
) -> None:
    lib = Counted(site, tmp_path)
    for packages in ({"lib": "1.1"}, {"lib": "1.0", "gone": "2"}):
        lib.known = Known(packages, lib.known.names)
        assert lib.is_imported_again()


def test_a_module_made_as_python_starts_counts_as_touched(site: Site, tmp_path: Path) -> None:
    """As `google` by the `-nspkg.pth` of old: what another package has below it can matter."""
    line = "import sys, types; sys.modules['early'] = types.ModuleType('early')\n"
    (site.packages / "early-nspkg.pth").write_text(line)
    lib = Counted(site, tmp_path, text="import early")
    site.add("other-1", early__part="")
    assert lib.is_imported_again()


@pytest.mark.parametrize(
    "text",
    [
        "import pkg_resources",
        "import sys; sys.meta_path.pop()",
        "import sys\nfor n in range(999): sys.modules[f'{n}' + 'x' * 50] = sys",
        "import sys; sys.modules.update({f'{number:0100}': sys for number in range(1500)})",
    ],
    ids=["metadata read unseen", "no longer watched", "too long for a line", "for a pipe"],
)
def test_of_what_is_not_known_to_have_been_seen_nothing_is_kept(site: Site, text: str) -> None:
    site.add("lib-1", lib=text, pkg_resources="")
    tried = import_all(site.workbench, "host", site.python, ["lib"])
    assert tried == Tried({"lib": None})


def test_distributions_that_are_not_there_are_none_as_python_3_8_asks(site: Site) -> None:
    text = """
        import sys
        from importlib.metadata import DistributionFinder
        for finder in sys.meta_path:
            if hasattr(finder, "find_distributions"):
                next(finder.find_distributions(DistributionFinder.Context(name="absent")), None)
    """
    site.add("lib-1.0", lib=text)
    assert site.try_out("lib") == {"lib": None}


def test_what_fails_is_tried_each_time(site: Site) -> None:
    site.add("lib-1.0", lib="import nowhere")
    tried = import_all(site.workbench, "host", site.python, ["lib", "json"])
    assert tried.touched.keys() == {"json"}


@pytest.mark.parametrize(
    "told",
    ["x", [["a"]], [["a"], "b"], [["a"], [1]], [["a" * 1000], []], [["a"] * 3000, []]],
    ids=str,
)
def test_what_is_no_account_of_an_import_is_not_kept(told: object) -> None:
    said = json.dumps({"name": "lib", "error": None, "touched": told})
    assert _heard(said, {"lib": None}) == ("lib", None, None)
