"""Imports in a real interpreter with packages of the test's own, on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.environments.checking.importing import import_all
from tests.support.sites import Site


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


def test_what_opens_a_window_finds_a_screen_where_there_is_one(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for Xvfb: it says that it is ready, as that does, in the file it is told."""
    site.add("window-1", window="import os\nos.environ['DISPLAY']\n")
    screen = tmp_path / "bin" / "Xvfb"
    screen.parent.mkdir()
    screen.write_text('#!/bin/sh\nfor fd; do :; done\necho 99 > "/dev/fd/$fd"\n')
    screen.chmod(0o755)
    monkeypatch.setenv("PATH", str(screen.parent), prepend=os.pathsep)
    assert site.try_out("window") == {"window": None}


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
    part = site.packages / "needy" / "_part.so"
    part.touch()
    assert site.try_out("needy.loading") == {
        "needy.loading": f"ImportError: {message} (also missing: libSecond.so.2) [in needy 1]"
    }
    # the loader tells the path of what it loads, which may have no line of Python around it
    text = f"{path}raise ImportError({message!r}, path={str(part)!r})"
    site.add("other-1", other=text)
    told = site.try_out("other")["other"]
    assert told is not None
    assert "(also missing: libSecond.so.2)" in told


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


def test_what_works_in_a_fork_is_there_for_the_forks_that_follow(
    site: Site, tmp_path: Path
) -> None:
    """Once in the process that breaks, once in a fork, once before all others."""
    count = tmp_path / "count"
    good = {f"big__m{number}": "" for number in range(9)}
    site.add("big-1", big__bad="import base\nraise ValueError(1)", **good)
    site.add("base-1", base="")
    (site.packages / "big" / "__init__.py").write_text(COUNT.format(str(count)))
    found = site.try_out("big.bad", *(f"big.m{number}" for number in range(9)))
    assert found.pop("big.bad") == "ValueError: 1 [in big 1]"
    assert set(found.values()) == {None}
    assert count.read_text() == "xxx"


def test_what_leaves_threads_is_imported_in_forks_alone(site: Site, tmp_path: Path) -> None:
    count = tmp_path / "count"
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True)"
    site.add("big-1", big__bad="import base\nraise ValueError(1)", big__a="", big__b="", big__c="")
    site.add("base-1", base="")
    text = COUNT.format(str(count)) + f"{thread}.start()\n"
    (site.packages / "big" / "__init__.py").write_text(text)
    assert site.try_out("big.bad", "big.a", "big.b", "big.c")["big.c"] is None
    assert count.read_text() == "xxxx"


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
