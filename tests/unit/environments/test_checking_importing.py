"""Imports in a real interpreter with packages of the test's own, on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sandbox.engines.local.workbench import LocalWorkbench
from sandbox.environments.checking.importing import (
    Known,
    Tried,
    _heard,
    import_all,
    importing,
    try_imports,
)


class Site:
    """An interpreter with a site-packages of its own."""

    def __init__(self, folder: Path) -> None:
        venv = [sys.executable, "-m", "venv", "--without-pip", str(folder / "env")]
        subprocess.run(venv, check=True)
        self.python = str(folder / "env" / "bin" / "python")
        (self.packages,) = (folder / "env" / "lib").glob("python*/site-packages")
        self.workbench = LocalWorkbench(folder / "store")

    def add(self, distribution: str, **modules: str) -> None:
        """Modules by name; `a__b` is `a/b.py`."""
        paths = []
        for name, text in modules.items():
            path = self.packages.joinpath(*name.split("__")).with_suffix(".py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(text))
            paths.append(path.relative_to(self.packages))
        info = self.packages / f"{distribution}.dist-info"
        info.mkdir()
        (info / "RECORD").write_text("".join(f"{path},sha256=x,1\n" for path in paths))

    def try_out(self, *names: str, patience_s: float = 60) -> dict[str, str | None]:
        return try_imports(self.workbench, "host", self.python, names, patience_s=patience_s)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_what_imports_is_told_without_an_error_and_warnings_are_none(site: Site) -> None:
    site.add(
        "loud-1.0",
        loud="import warnings\nwarnings.warn('old', FutureWarning)\nprint('x' * 99)\nname = 1\n",
        loud__inner="",
    )
    names = ("json", "json:dumps", "json:*", "loud", "loud:name", "email:mime", "email.mime.text")
    assert site.try_out(*names) == dict.fromkeys(names)


def test_open_mpi_is_told_that_a_program_is_alone(site: Site) -> None:
    """Else `import mpi4py.MPI` ends the process where neither ssh nor its helper is installed."""
    text = "import os\nif os.environ['OMPI_MCA_ess_singleton_isolated'] != '1':\n    os._exit(1)\n"
    site.add("mpi-1", mpi=text)
    assert site.try_out("mpi") == {"mpi": None}


def test_an_error_is_told_with_type_message_and_the_distribution_that_raised_it(site: Site) -> None:
    site.add("caller-2.1", caller="import callee")
    site.add("callee-0.9", callee="from json import (\n    no_such)\n")
    site.add("odd_name-3", odd="class Odd(Exception):\n    pass\nraise Odd('one\\n\\n  two')")
    found = site.try_out("caller", "odd", "json:nope", "nope.inner")
    assert found == {
        "caller": "ImportError: cannot import name 'no_such' from 'json' [in callee 0.9]",
        "odd": "Odd: one two [in odd_name 3]",
        "json:nope": "ImportError: cannot import name 'nope' from 'json'",
        "nope.inner": "ModuleNotFoundError: No module named 'nope'",
    }


def test_an_error_that_hides_another_tells_both(site: Site) -> None:
    text = "try:\n    import first\nexcept ImportError:\n    import second\n"
    site.add("two-1", two=text)
    assert site.try_out("two")["two"] == (
        "ModuleNotFoundError: No module named 'second' "
        "(after ModuleNotFoundError: No module named 'first') [in two 1]"
    )


def test_a_file_that_does_not_parse_is_its_distributions(site: Site) -> None:
    site.add("broken-1", broken="print 1")
    said = site.try_out("broken")["broken"]
    assert said is not None
    assert said.startswith("SyntaxError: ")
    assert said.endswith("[in broken 1]")


def test_modules_of_one_package_are_imported_by_one_process(site: Site) -> None:
    """Each says the process it is in, as an error that is no break."""
    same = "import os, builtins\nfrom json import dumps\n"
    first = same + "builtins.seen = os.getpid()\n"
    then = same + "assert builtins.seen == os.getpid()\n"
    site.add("big-1", big__one=first, big__two=then, big__three=then)
    names = ("big.one", "big.two", "big:absent", "big.three")
    found = site.try_out(*names)
    assert [name for name in names if found[name]] == ["big:absent"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os; os._exit(7)", "the process ended with exit code 7"),
        (
            "import os, sys; print('no AVX here', file=sys.stderr, flush=True); os.abort()",
            "the process was ended by SIGABRT: no AVX here",
        ),
        ("import time; time.sleep(600)", "it did not end within 1 s"),
    ],
)
def test_what_ends_its_process_is_told_and_the_rest_goes_on(
    site: Site, text: str, said: str
) -> None:
    site.add("deadly-1", deadly__a="", deadly__b=text, deadly__c="", other="")
    names = ("deadly.a", "deadly.b", "deadly.c", "other")
    assert site.try_out(*names, patience_s=1) == {**dict.fromkeys(names), "deadly.b": said}


def test_all_the_libraries_that_a_package_links_to_in_vain_are_told(
    site: Site, tmp_path: Path
) -> None:
    """The loader names the first only; `ldd` stands beside it, and here a fake of it does."""
    ldd = tmp_path / "bin" / "ldd"
    ldd.parent.mkdir()
    ldd.write_text(
        "#!/bin/sh\ncase $* in *needy/_part.so*) ;; *) exit 1;; esac\n"
        "printf '\\tlibFirst.so.1 => not found\\n\\tlibc.so.6 => /lib/libc.so.6 (0x0)\\n'\n"
        "printf '\\tlibSecond.so.2 => not found\\n\\tlibSecond.so.2 => not found\\n'\n"
    )
    ldd.chmod(0o755)
    message = "libFirst.so.1: cannot open shared object file: No such file or directory"
    path = f"import os\nos.environ['PATH'] = {str(ldd.parent)!r} + ':' + os.environ['PATH']\n"
    site.add("needy-1", needy__loading=f"{path}raise ImportError({message!r})")
    (site.packages / "needy" / "_part.so").touch()
    assert site.try_out("needy.loading") == {
        "needy.loading": f"ImportError: {message} (also missing: libSecond.so.2) [in needy 1]"
    }


def test_what_follows_a_break_starts_afresh(site: Site) -> None:
    """A half imported module stays in `sys.modules` of the process that broke."""
    text = (
        "import sys, types\nsys.modules['half.good'] = types.ModuleType('x')\nraise ValueError(1)"
    )
    site.add("half-1", half__bad=text, half__good="name = 1")
    found = site.try_out("half.bad", "half.good:name")
    assert found == {"half.bad": "ValueError: 1 [in half 1]", "half.good:name": None}


COUNT = "with open({!r}, 'a') as stream:\n    stream.write('x')\n"


def test_what_ten_modules_that_break_are_built_upon_is_imported_twice(
    site: Site, tmp_path: Path
) -> None:
    """Once by the first that breaks, once before all others; these see it as they always would."""
    count = tmp_path / "count"
    site.add("base-1", base=COUNT.format(str(count)))
    bad = {f"big__m{number}": f"import base\nraise ValueError({number})" for number in range(9)}
    site.add("big-1", **bad, big__good="import base, big.later", big__later="")
    found = site.try_out(*(f"big.m{number}" for number in range(9)), "big.good", "big.later")
    assert found == {
        **{f"big.m{number}": f"ValueError: {number} [in big 1]" for number in range(9)},
        "big.good": None,
        "big.later": None,
    }
    assert count.read_text() == "xx"


def test_what_is_below_a_package_that_breaks_is_not_tried_again(site: Site, tmp_path: Path) -> None:
    count = tmp_path / "count"
    text = COUNT.format(str(count)) + "raise ValueError('whole')"
    site.add("big-1", big__one="", big__two="", bigger="")
    (site.packages / "big" / "__init__.py").write_text(text)
    found = site.try_out("big.one", "big.two:name", "big", "bigger")
    whole = dict.fromkeys(("big.one", "big.two:name", "big"), "ValueError: whole [in big]")
    assert found == {**whole, "bigger": None}
    assert count.read_text() == "x"


@pytest.mark.parametrize(
    ("base", "last"),
    [
        ("import builtins\nassert builtins.big", ""),
        ("import builtins, os\nif not hasattr(builtins, 'big'): os.abort()", ""),
        ("", "import os, time\nif os.getpid() != os.getpgrp(): time.sleep(600)"),
    ],
    ids=["breaks when it is first", "ends what imports it first", "hangs in a fork"],
)
def test_what_does_not_suit_forks_is_tried_without_them(site: Site, base: str, last: str) -> None:
    flag = "import builtins\nbuiltins.big = True\n"
    site.add("base-1", base=base)
    site.add(
        "big-1", big__bad=flag + "import base\nraise ValueError(1)", big__ok="", big__last=last
    )
    found = site.try_out("big.bad", "big.ok", "big.last", patience_s=2)
    assert found == {"big.bad": "ValueError: 1 [in big 1]", "big.ok": None, "big.last": None}


def test_what_ends_its_process_well_is_no_import_that_worked(site: Site) -> None:
    site.add("deadly-1", deadly__a="", deadly__b="import os; os._exit(0)", deadly__c="")
    found = site.try_out("deadly.a", "deadly.b", "deadly.c")
    ended = "the process ended with exit code 0"
    assert found == {"deadly.a": None, "deadly.b": ended, "deadly.c": None}


def test_a_process_that_an_import_leaves_behind_is_not_waited_for(site: Site) -> None:
    text = "import os, time\nif os.fork() == 0:\n    time.sleep(600)\n    os._exit(0)\n"
    site.add("daemon-1", daemon=text)
    assert site.try_out("daemon", patience_s=500) == {"daemon": None}


def test_an_import_cannot_speak_for_others(site: Site) -> None:
    text = """
        import os
        for number in range(3, 40):
            try:
                os.write(number, b'"forged"\\n"again"\\n{"name": "other", "error": "x"}\\n')
            except OSError:
                pass
    """
    site.add("forger-1", forger=text, other="")
    assert site.try_out("forger", "other")["other"] is None


def test_only_names_of_modules_get_inside(site: Site, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    names = (f"os; open({str(mark)!r}, 'w')", "json:a.b", "-c", "json:*, x", "", "class")
    assert set(site.try_out(*names).values()) == {"no name of a module"}
    assert not mark.exists()


def test_more_names_than_anyone_imports_are_not_tried(site: Site) -> None:
    found = site.try_out(*(f"json:absent{number}" for number in range(510)))
    assert [said for said in found.values() if said and "not tried" in said] == [
        "not tried, only the first 500 are"
    ] * 10


def test_what_only_asks_for_credentials_imports_and_is_told(site: Site) -> None:
    site.add(
        "kaggle-1.6.17",
        kaggle="""
            import os
            if "KAGGLE_KEY" not in os.environ:
                raise OSError("Could not find kaggle.json")
            api = 1
        """,
        broken="import kaggle, nowhere",
    )
    names = ["kaggle", "kaggle:api", "kaggle:gone", "broken", "json"]
    tried = import_all(site.workbench, "host", site.python, names)
    assert set(tried.asking) == {"kaggle", "kaggle:api"}
    assert [name for name in names if tried.errors[name] is None] == [
        "kaggle",
        "kaggle:api",
        "json",
    ]


def test_what_asks_for_nothing_is_tried_once(site: Site) -> None:
    site.add("plain-1.0", plain="raise OSError('Could not find kaggle.json')")
    tried = import_all(site.workbench, "host", site.python, ["plain"])
    assert tried.asking == ()
    assert tried.errors["plain"]


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
