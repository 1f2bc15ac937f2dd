"""From what a run failed with to what may cure it, beside what is installed."""

from __future__ import annotations

from sandbox.domain import Environment, Requirements
from sandbox.environments.checking.running import Raised, run_remedies

LOADER = "TypeError: load() missing 1 required positional argument: 'Loader'"
STEP = "ValueError: too many values to unpack (expected 4)"


def cures(why: str, *pins: str, line: str = "", python: str = "3.11") -> list[str]:
    lock = "".join(f"{pin} --hash=sha256:0\n" for pin in pins)
    names = tuple(pin.partition("==")[0] for pin in pins)
    environment = Environment(python, lock)
    found = run_remedies(Raised("a.py", why, line), environment, Requirements(names))
    return [
        " ".join((*(f"+{name}" for name in one.packages), *one.constraints))
        + (f" python{one.python}" if one.python else "")
        for one in found
    ]


def test_what_running_code_says_is_asked_of_a_table_of_its_own() -> None:
    assert cures(LOADER, "pyyaml==6.0.2")[0] == "pyyaml<6 python<3.10"
    assert cures(STEP, "gym==0.26.2", line="a, b, c, d = env.step(0)")[0] == "gym<0.26"


def test_another_packages_error_may_read_alike() -> None:
    assert cures(LOADER, "ruamel-yaml==0.18") == []
    assert cures(STEP, "numpy==1.26.0", line="a, b, c, d = env.step(0)") == []


def test_what_is_old_enough_is_not_the_cause() -> None:
    assert cures(LOADER, "pyyaml==5.4.1") == []


def test_the_line_of_source_makes_it_sharp() -> None:
    assert cures(STEP, "gym==0.26.2", line="a, b, c, d = pair") == []


def test_what_is_gone_from_a_module_is_found_as_for_imports() -> None:
    why = "AttributeError: module 'numpy' has no attribute 'float'."
    assert cures(why, "numpy==1.26.0") == ["numpy<1.24"]
    why = "AttributeError: module 'tensorflow._api.v2.train' has no attribute 'AdamOptimizer'"
    assert cures(why, "tensorflow==2.10.0")[0].startswith("tensorflow<2 keras<2.4")


def test_what_is_optional_and_wanting_is_added() -> None:
    why = "ImportError: Missing optional dependency 'tabulate'. Use pip. [in pandas 2.1.0]"
    assert cures(why, "pandas==2.1.0") == ["+tabulate"]
    assert cures(why.replace("tabulate", "_ext"), "pandas==2.1.0") == []


def test_a_bound_holds_for_the_package_that_is_there() -> None:
    line = "_, contours, _ = cv2.findContours(x, 1, 2)"
    why = "ValueError: not enough values to unpack (expected 3, got 2)"
    assert cures(why, "opencv-python-headless==4.8.0.76", line=line)[0].startswith(
        "opencv-python-headless<4"
    )


def test_pythons_own_changes_want_another_python() -> None:
    why = "AttributeError: 'Thread' object has no attribute 'isAlive'"
    assert cures(why, python="3.11") == [" python<3.9"]
    assert cures(why, python="3.8") == []


def test_the_same_failure_in_another_release_is_the_same() -> None:
    one = Raised("a.py", "KeyError: 'x' [in pandas 2.1.0]", "df['x']")
    assert one.is_like(Raised("a.py", "KeyError: 'x' [in pandas 1.5.3]", "df['x']"))
    assert not one.is_like(Raised("a.py", "KeyError: 'y' [in pandas 2.1.0]", "df['x']"))
    assert not one.is_like(Raised("a.py", "KeyError: 'x' [in pandas 2.1.0]", "df.x"))


def test_a_module_that_is_lacking_is_known_by_its_top_name() -> None:
    assert Raised("a.py", "ModuleNotFoundError: No module named 'a.b'").lost_module == "a"
    assert not Raised("a.py", "ModuleNotFoundError: No module named 'a' [in b 1]").lost_module
    assert not Raised("a.py", "KeyError: 'a'").lost_module
