from __future__ import annotations

import re
from dataclasses import replace

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from sandbox.domain import Dropped, Environment, Requirements
from sandbox.domain.environments import FROM_SOURCE
from sandbox.environments.checking import known
from sandbox.environments.checking.applying import apply
from sandbox.environments.checking.failures import read_failure
from sandbox.environments.checking.hopeless import is_hopeless
from sandbox.environments.checking.libraries import debian_package
from sandbox.environments.checking.met import GONE, MET
from sandbox.environments.checking.remedies import (
    Remedy,
    before_major,
    remedies,
)
from sandbox.environments.resolving.attempt import NO_SUCH_PACKAGE

NOTHING = Requirements(())


def environment(*pins: str, python: str = "3.11", **options: object) -> Environment:
    lock = "\n".join(f"{pin} --hash=sha256:0" for pin in pins)
    return Environment(python, lock, **options)  # type: ignore[arg-type]


def cure(
    why: str, *pins: str, name: str = "x", asked: str = "", **options: object
) -> Remedy | None:
    """The one Remedy for one failure, known or guessed, None = none is known."""
    requirements = Requirements(tuple(asked.split()))
    found = remedies((Dropped(name, why),), environment(*pins, **options), requirements)  # type: ignore[arg-type]
    assert len([one for one in found if not one.is_guess]) <= 1
    assert len([one for one in found if one.is_guess]) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libSM.so.6", "libsm6"),
        ("libgomp.so.1", "libgomp1"),
        ("libpng16.so.16", "libpng16-16"),
        ("libX11.so.6", "libx11-6"),
        ("libGL.so.1", "libgl1"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
        ("libXrender.so.1", "libxrender1"),
        ("libtk8.6.so", "libtk8.6"),
        ("libgcc_s.so.1", "libgcc-s1"),
        ("libSDL2-2.0.so.0", "libsdl2-2.0-0"),
        ("libbz2.so.1.0", "libbz2-1.0"),
        ("libxcb-xinerama.so.0", "libxcb-xinerama0"),
        ("libGLU.so.1", "libglu1-mesa"),
        ("libmpi.so.40", "libopenmpi3"),
    ],
)
def test_a_shared_librarys_package_follows_from_its_name(library: str, package: str) -> None:
    assert debian_package(library) == package
    said = f"ImportError: {library}: cannot open shared object file: No such file or directory"
    assert cure(said) == replace(cure(said) or Remedy(""), system_packages=(package,))


@pytest.mark.parametrize(
    "library", ["libcudart.so.11.0", "libcuda.so.1", "libcublasLt.so.12", "libtorch_cuda.so"]
)
def test_what_belongs_to_cuda_is_told_and_nothing_tried(library: str) -> None:
    said = f"OSError: {library}: cannot open shared object file: No such file or directory"
    found = cure(said, name="torch")
    assert found is not None
    assert not found
    assert "NVIDIA" in found.told
    assert apply(NOTHING, [found]) == NOTHING


@pytest.mark.parametrize(
    ("why", "pins", "changes"),
    [
        (
            (
                "AttributeError: module 'numpy' has no attribute 'bool'. `np.bool` was a "
                "deprecated alias for the builtin `bool`. [in librosa 0.8.0]"
            ),
            ("numpy==1.26.4", "librosa==0.8.0"),
            {"constraints": ("numpy<1.24",)},
        ),
        (
            "AttributeError: `np.float_` was removed in the NumPy 2.0 release. Use `np.float64`",
            ("numpy==2.1.0",),
            {"constraints": ("numpy<2.0",)},
        ),
        (
            "ImportError: cannot import name 'AdamW' from 'transformers'",
            ("transformers==4.55.0",),
            {"constraints": ("transformers<4.50",)},
        ),
        (
            "ImportError: numpy.core.multiarray failed to import [in opencv_python 4.5]",
            ("numpy==2.1.0",),
            {"constraints": ("numpy<2",)},
        ),
        (
            "AttributeError: module 'setuptools._distutils' has no attribute 'version'",
            ("setuptools==60.5.0",),
            {"constraints": ("setuptools<59.6",)},
        ),
        (
            "ImportError: cannot import name 'Mapping' from 'collections' [in attrdict 2.0.1]",
            ("attrdict==2.0.1",),
            {"python": "<3.10"},
        ),
        ("ModuleNotFoundError: No module named 'imp' [in old 1.0]", (), {"python": "<3.12"}),
        (
            "ModuleNotFoundError: No module named 'pkg_resources' [in old 1.0]",
            (),
            {"constraints": ("setuptools<81",), "packages": ("setuptools",)},
        ),
        (
            "ModuleNotFoundError: No module named 'sklearn.externals.joblib'",
            ("scikit-learn==1.3.2",),
            {"constraints": ("scikit-learn<0.23",), "python": "<3.9"},
        ),
        (
            "ModuleNotFoundError: No module named 'sklearn.externals.joblib.parallel'",
            ("scikit-learn==0.22.2",),
            {"constraints": ("scikit-learn<0.21",), "python": "<3.8"},
        ),
        (
            "ModuleNotFoundError: No module named 'caffe2'",
            ("torch==1.12.1",),
            {"constraints": ("torch<1.9",), "packages": ("future",), "python": "<3.10"},
        ),
        (
            "ImportError: cannot import name 'imread' from 'scipy.misc'",
            ("scipy==1.11.4",),
            {"constraints": ("scipy<1.3",), "packages": ("pillow",)},
        ),
        (
            "AssertionError: MMCV==2.2.0 is used but incompatible. Please install mmcv>=2, <2.1.0.",
            ("mmcv==2.2.0", "mmdet==3.0.0"),
            {"constraints": ("mmcv<2.1.0",)},
        ),
        (
            "MMCV==1.7.2 is used but incompatible. Please install mmcv>=(1, 3, 13), <(1, 7, 0, 0).",
            ("mmcv==1.7.2", "mmsegmentation==0.27.0"),
            {"constraints": ("mmcv<1.7",)},
        ),
        (
            "RuntimeError: Legacy widget==2.13.0 detected. widget>=1.4.0,<2.0.0 is required. You",
            ("widget==2.13.0", "gluoncv==0.10.5"),
            {"constraints": ("widget<2.0.0",)},
        ),
        (
            "ImportError: `load_boston` has been removed from scikit-learn since version 1.2. The",
            ("scikit-learn==1.3.2",),
            {"constraints": ("scikit-learn<1.2",)},
        ),
        (
            "FileNotFoundError: Cannot find DGL C++ graphbolt library at …/libgraphbolt_2.13.so",
            ("dgl==2.1.0",),
            {"constraints": ("dgl<2",)},
        ),
        (
            "LookupError: *** Resource \x1b[93mwordnet\x1b[0m not found. Please use the NLTK",
            ("nltk==3.9",),
            {"constraints": ("nltk!=3.9",)},
        ),
        (
            "ImportError: The plotly.plotly module is deprecated, please install the chart-studio",
            ("plotly==5.18.0",),
            {"constraints": ("plotly<4",)},
        ),
        (
            'ImportError: generic_type: cannot initialize type "StatusCode": an object with that',
            ("tensorflow==2.16.1", "tflite-support==0.4.4"),
            {"constraints": ("tensorflow<2.14",)},
        ),
        (
            "ImportError: cannot import name 'CuDNNGRU' from 'keras.layers'",
            ("tensorflow==2.11.0", "keras==2.11.0"),
            {
                "constraints": ("keras<2.4", "tensorflow<2.2"),
                "as_of": "2020-04-30",
                "python": "<3.8",
            },
        ),
        (
            "ModuleNotFoundError: No module named 'tensorflow.contrib'",
            ("tensorflow==2.11.0", "keras==2.11.0"),
            {"constraints": ("tensorflow<2", "keras<2.4"), "as_of": "2020-04-30"},
        ),
        (
            (
                "TypeError: Descriptors cannot be created directly. If this call came from a "
                "_pb2.py file, your generated code is out of date [in tensorboard 1.15.0]"
            ),
            ("protobuf==4.21.0",),
            {"constraints": ("protobuf<3.21",)},
        ),
        (
            "AttributeError: 'NoneType' object has no attribute 'message_types_by_name' [in a 1.0]",
            ("protobuf==3.18.3",),
            {"constraints": ("protobuf>=3.19",)},
        ),
        (
            "ImportError: cannot import name 'Literal' from 'typing' [in new 1.0]",
            (),
            {"python": ">=3.8"},
        ),
        (
            "ImportError: Numba needs NumPy 1.20 or less [in numba 0.54.1]",
            ("numpy==1.22.0",),
            {"constraints": ("numpy~=1.20.0",)},
        ),
        (
            "TypeError: EnvSpec.__init__() got an unexpected keyword argument 'tags' [in gym 0.26]",
            ("gym==0.26.2",),
            {"constraints": ("gym<0.16",)},
        ),
        (
            "AttributeError: 'dict' object has no attribute 'env_specs' [in pybullet 3.2.6]",
            ("gym==0.26.2", "pybullet==3.2.6"),
            {"constraints": ("gym<0.26",)},
        ),
        (
            "RuntimeError: ffmpeg or ffprobe could not be found! Please install them before",
            (),
            {"system_packages": ("ffmpeg",)},
        ),
        ("OSError: PortAudio library not found", (), {"system_packages": ("libportaudio2",)}),
        (
            (
                "ImportError: no pq wrapper available. Attempts made: - couldn't import psycopg "
                "'c' implementation: No module named 'psycopg_c' [in psycopg 3.1.18]"
            ),
            ("psycopg==3.1.18",),
            {"system_packages": ("libpq5",)},
        ),
        *(
            (why, (), {"system_packages": ("xvfb",)})
            for why in (
                'NoSuchDisplayException: Cannot connect to "None" [in pyglet 1.5.31]',
                "_tkinter.TclError: no display name and no $DISPLAY environment variable",
                "KeyError: 'DISPLAY' [in mouseinfo 0.1.3]",
                "Xlib.error.DisplayNameError: Bad display name [in python_xlib 0.33]",
                "ImportError: this platform is not supported: ('failed to acquire X connection',)",
            )
        ),
        ("ModuleNotFoundError: No module named 'h5py' [in k 1]", (), {"packages": ("h5py",)}),
        ("ModuleNotFoundError: No module named 'PIL' [in k 1]", (), {"packages": ("pillow",)}),
        (
            "ImportError: This needs more. Please run `pip install 'Sentence_Pieces'` [in k 1]",
            (),
            {"packages": ("sentence-pieces",)},
        ),
        (
            "RuntimeError: no http (after ImportError: No module named 'gevent') [in client 2.71]",
            ("client==2.71",),
            {"packages": ("gevent",), "is_guess": True},
        ),
        (
            "ImportError: cannot import name 'old' from 'widget.part'",
            ("widget==3.2.1",),
            {"constraints": ("widget<3",), "is_guess": True},
        ),
        (
            "SyntaxError: invalid syntax (code_gen.py, line 311) [in astor 0.6.2]",
            ("astor==0.6.2",),
            {"constraints": ("astor>0.6.2",), "is_guess": True},
        ),
        (
            "AttributeError: module 'widget' has no attribute 'old' [in user_of 1.0]",
            ("widget==0.7.2", "user-of==1.0"),
            {"constraints": ("widget<0.7",), "is_guess": True},
        ),
    ],
)
def test_a_known_cause_has_its_remedy(
    why: str, pins: tuple[str, ...], changes: dict[str, object]
) -> None:
    python = "3.7" if changes.get("python") in {None, ">=3.8"} else "3.13"
    found = cure(why, *pins, python=python)
    assert found is not None
    assert found == replace(Remedy(found.told), **changes)  # type: ignore[arg-type]
    assert found.told.startswith("x: ")
    assert "; trying " in found.told


@pytest.mark.parametrize(
    ("why", "pins", "newer"),
    [
        (
            "module 'inspect' has no attribute 'getargspec' [in gan 2.0.0]",
            "gan==2.0.0",
            "gan>2.0.0",
        ),
        ("No module named 'imp' [in old 1.5]", "old==1.5", "old>1.5"),
        ("module 'inspect' has no attribute 'getargspec'", "gan==2.0.0", None),
        ("No module named 'other' [in gan 2.0.0]", "gan==2.0.0 other==1", None),
        ("No module named '_tkinter' [in gan 2.0.0]", "gan==2.0.0", None),
        ("No module named 'distutils' [in gan 2.0.0]", "gan==2.0.0", None),
        (
            "mutable default <class 'a.B'> for field c is not allowed: use [in gan 2.0.0]",
            "gan==2.0.0",
            "gan>2.0.0",
        ),
        ("cannot import name 'Self' from 'typing' [in gan 2.0.0]", "gan==2.0.0", None),
    ],
)
def test_what_is_older_than_this_python_may_be_newer(
    why: str, pins: str, newer: str | None
) -> None:
    lost = Dropped("x", f"AttributeError: {why}")
    found = remedies((lost,), environment(*pins.split(), python="3.13"), NOTHING)
    guessed = [one.constraints for one in found if one.is_guess]
    assert guessed == ([(newer,)] if newer else [])


@pytest.mark.parametrize(
    ("why", "pins"),
    [
        ("ValueError: something of its own [in k 1]", ("k==1",)),
        ("the process was ended by SIGILL: no AVX", ()),
        ("ModuleNotFoundError: No module named 'utils'", ()),
        ("ModuleNotFoundError: No module named 'isaacgym'", ()),
        ("ModuleNotFoundError: No module named 'bpy'", ()),
        ("ModuleNotFoundError: No module named 'h5py'", ("h5py==3.0",)),
        ("ImportError: cannot import name 'a' from 'k.b' [in k 2.1]", ("k==2.1",)),
        (
            "ImportError: cannot import name 'a' from partially initialized module 'k.b'",
            ("k==2.1",),
        ),
        ("ImportError: cannot import name 'old' from 'widget'", ("widget==0.0.3",)),
        ("ImportError: cannot import name 'old' from 'widget'", ("widget==1.0.0",)),
    ],
)
def test_where_nothing_is_known_nothing_is_tried(why: str, pins: tuple[str, ...]) -> None:
    assert cure(why, *pins) is None


def test_what_holds_already_is_not_tried() -> None:
    alias = "AttributeError: module 'numpy' has no attribute 'bool'"
    assert cure(alias, "numpy==1.22.0") is None
    imp = "ModuleNotFoundError: No module named 'imp'"
    assert cure(imp, python="3.11") is None
    library = "OSError: PortAudio library not found"
    assert cure(library, system_packages=("libportaudio2",)) is None


def test_what_was_dropped_on_purpose_is_not_added_again() -> None:
    why = "ModuleNotFoundError: No module named 'lws'"
    assert cure(why) == replace(cure(why) or Remedy(""), packages=("lws",))
    assert cure(why, dropped=(Dropped("lws", "it has no wheel"),)) is None
    assert cure("ModuleNotFoundError: No module named 'apex'") is None  # the index's is another's


def test_what_has_no_wheel_for_this_python_is_tried_on_one_older_one() -> None:
    why = "ModuleNotFoundError: No module named 'gym'"
    for reason in (
        "no version has a wheel for Python 3.11",
        "gym needs pillow, of which no wheel fits",
    ):
        remedy = cure(why, dropped=(Dropped("gym", reason),))
        assert remedy is not None
        assert (remedy.python, remedy.is_guess) == ("<3.11", True)
    asked = apply(NOTHING, [remedy])
    again = (Dropped("x", why),), environment(python="3.10", dropped=(Dropped("gym", reason),))
    assert remedies(*again, asked) == ()
    (own,) = remedies(
        (Dropped("x", why),),
        environment("torch==2.0+cpu", dropped=(Dropped("gym", reason),)),
        NOTHING,
    )
    assert own.from_index == ("torch",)


def test_what_an_sdist_holds_for_another_system_is_tried_where_it_had_a_wheel() -> None:
    why = "ImportError: /x/cpp_household.so: invalid ELF header [in roboschool 1.0.34]"
    made = Environment("3.11", f"roboschool==1.0.34 --hash=sha256:0  {FROM_SOURCE}")
    (guess,) = remedies((Dropped("roboschool", why),), made, NOTHING)
    assert (guess.python, guess.is_guess) == ("<3.11", True)
    beside = replace(made, lock=f"{made.lock}\n{OWN} --hash=sha256:0")
    (guess,) = remedies((Dropped("roboschool", why),), beside, NOTHING)
    assert (guess.from_index, guess.python) == (("torch",), "<3.11")
    assert cure(why, "roboschool==1.0.34") is None


def test_what_is_pinned_did_not_drift() -> None:
    why = "ImportError: cannot import name 'old' from 'widget' [in user 2.5]"
    pins = ("widget==3.2.1", "user==2.5")
    both = [cure(why, *pins, asked=asked) for asked in ("", "widget==3.2.1", "user==2.5")]
    assert [one and one.constraints for one in both] == [("widget<3",), ("user<2",), ("widget<3",)]
    assert cure(why, *pins, asked="widget==3.2.1 user==2.5") is None


def test_where_one_side_is_limited_already_it_is_the_other_that_drifted() -> None:
    """And where there is no other one, a second major version before it is tried."""
    requirements = Requirements((), constraints=("widget<4",))
    environ = environment("widget==3.2.1", "user==2.5")
    for user, bound in ((" [in user 2.5]", "user<2"), ("", "widget<3")):
        why = Dropped("x", f"ImportError: cannot import name 'new' from 'widget'{user}")
        (guess,) = remedies((why,), environ, requirements)
        assert guess.constraints == (bound,)


@pytest.mark.parametrize(
    ("why", "bound"),
    [
        ("ModuleNotFoundError: No module named 'sklearn.impute'", "scikit-learn>0.18.1"),
        ("ImportError: cannot import name 'new' from 'sklearn.datasets'", "scikit-learn>0.18.1"),
        ("ImportError: cannot import name 'new' from 'sklearn' [in scikit_learn 0.18.1]", ""),
        ("ImportError: cannot import name 'new' from 'sklearn' [in user 2.5]", ""),
    ],
)
def test_a_pin_gives_way_to_a_newer_release_where_the_code_itself_asks_for_it(
    why: str, bound: str
) -> None:
    asked = "scikit-learn==0.18.1 user==2.5"
    found = cure(why, "scikit-learn==0.18.1", "user==2.5", asked=asked)
    assert (found.constraints if found else ()) == ((bound,) if bound else ())
    if found is not None:
        assert found.is_guess
        after = apply(Requirements(("scikit-learn==0.18.1",)), [found])
        assert after.packages == ("scikit-learn",)
        assert after.constraints == (bound,)
        assert after.decisions[-1] == f"scikit-learn==0.18.1 gives way to {bound}"
    unpinned = cure(why, "scikit-learn==0.18.1", "user==2.5")
    assert bound not in (unpinned.constraints if unpinned else ())


@pytest.mark.parametrize(
    "said",
    [
        "foo->=1,<2 is required",
        "a\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}>=1,<2 is required",
        "widget>=1,<1..2 is required",
        "mmcv is used but incompatible. Please install mmcv>=1, <1..2",
        "gencode 6..1 runtime 5.29.3. Runtime version cannot be older",
    ],
)
def test_what_a_package_says_to_confuse_is_no_requirement(said: str) -> None:
    there = environment("widget==2", "protobuf==5.29.3")
    found = remedies((Dropped("x", f"RuntimeError: {said}"),), there, NOTHING)
    assert all(Requirement(text) for one in found for text in one.constraints)


def test_what_the_repository_compiles_itself_is_not_asked_of_an_index() -> None:
    lost = Dropped("nms", "ModuleNotFoundError: No module named 'nms'")
    assert [one.packages for one in remedies((lost,), environment(), NOTHING)] == [("nms",)]
    assert remedies((lost,), environment(), replace(NOTHING, compiled=("nms",))) == ()


def test_a_library_that_debian_may_have_no_more_is_what_an_old_release_wants() -> None:
    why = "OSError: libgfortran.so.3: cannot open shared object file [in mx 1.0.post1]"
    sure, guess = remedies((Dropped("mx", why),), environment("mx==1.0.post1"), NOTHING)
    assert (sure.system_packages, sure.is_guess) == (("libgfortran3",), False)
    assert (guess.constraints, guess.is_guess) == (("mx>1.0.post1",), True)


def test_what_the_site_has_built_is_not_tried_newer() -> None:
    why = "OSError: libgomp.so.1: cannot open shared object file [in torch 2.5.0+cpu]"
    found = remedies((Dropped("torch", why),), environment("torch==2.5.0+cpu"), NOTHING)
    assert found[0].system_packages == ("libgomp1",)
    assert not any(bound.startswith("torch>") for one in found for bound in one.constraints)


def test_all_libraries_that_are_missing_are_tried_at_once_but_those_of_cuda() -> None:
    why = (
        "ImportError: libGL.so.1: cannot open shared object file: No such file or directory "
        "(also missing: libSM.so.6, libcuda.so.1, libgthread-2.0.so.0) [in opencv 4]"
    )
    found = cure(why)
    assert found is not None
    assert found.system_packages == ("libgl1", "libsm6", "libglib2.0-0")


def test_guesses_come_last() -> None:
    failed = [
        Dropped("a", "ImportError: cannot import name 'old' from 'widget'"),
        Dropped("b", "ModuleNotFoundError: No module named 'imp'"),
    ]
    found = remedies(failed, environment("widget==3.2", python="3.12"), NOTHING)
    assert [one.is_guess for one in found] == [False, True]


def test_a_remedy_for_many_failures_is_told_once() -> None:
    why = "ImportError: libGL.so.1: cannot open shared object file: No such file or directory"
    failed = [Dropped("cv2", why), Dropped("cv2.dnn", why), Dropped("fine", "ValueError: 1")]
    (found,) = remedies(failed, environment(), NOTHING)
    assert found.told.startswith("cv2: libGL.so.1 missing")


def test_the_date_of_an_era_is_not_set_where_pins_know_theirs_or_it_is_older_already() -> None:
    failed = [Dropped("x", "ModuleNotFoundError: No module named 'tensorflow.contrib'")]
    have = environment("tensorflow==2.11.0", "keras==2.11.0")
    pinned, old = Requirements(("h5py==2.8",)), Requirements((), as_of="2018-01-01")
    assert [remedies(failed, have, one)[0].as_of for one in (NOTHING, pinned, old)] == [
        "2020-04-30", None, None,
    ]  # fmt: skip


# ---------------------------------------------------------------- applying


def test_a_remedy_changes_what_is_asked_for_and_is_told() -> None:
    asked = Requirements(("torch", "h5py"), "<3.12", "2021-01-01", system_packages=("git",))
    one = Remedy(
        "x: y; trying z",
        packages=("h5py", "pillow"),
        constraints=("numpy<2",),
        system_packages=("libgl1", "git"),
        python=">=3.8",
        as_of="2020-04-30",
    )
    changed = apply(asked, [one])
    assert changed.packages == ("torch", "h5py", "pillow")
    assert changed.constraints == ("numpy<2",)
    assert changed.system_packages == ("git", "libgl1")
    assert SpecifierSet(changed.python or "") == SpecifierSet("<3.12,>=3.8")
    assert changed.as_of == "2020-04-30"
    assert changed.decisions == ("x: y; trying z",)


def test_what_a_remedy_bounds_is_no_longer_what_a_lock_file_says() -> None:
    locked = Requirements(("prefect",), constraints=("pydantic==2.1", "six==1.16", "pydantic>1"))
    changed = apply(locked, [Remedy("t", constraints=("pydantic<2",))])
    assert changed.constraints == ("six==1.16", "pydantic>1", "pydantic<2")


@pytest.mark.parametrize(
    ("asked", "bound", "left"),
    [
        ("numpy==1.26.4", "numpy<1.24", "numpy"),
        ("numpy==1.22.*", "numpy<1.24", "numpy==1.22.*"),
        ("numpy>=1.26,!=1.26.1", "numpy<1.24", "numpy!=1.26.1"),
        ("numpy>=1.20,<2", "numpy<1.24", "numpy<2,>=1.20"),
        ("numpy~=1.26.0", "numpy<1.24", "numpy"),
        ("protobuf<3.20", "protobuf>=3.20", "protobuf"),
        ("protobuf<=3.19", "protobuf>=3.20", "protobuf"),
        ("protobuf<4", "protobuf>=3.20", "protobuf<4"),
        ("scikit_learn[extra]==1.0; python_version > '3'", "scikit-learn<0.20", None),
    ],
)
def test_what_contradicts_a_bound_gives_way_and_is_told(
    asked: str, bound: str, left: str | None
) -> None:
    changed = apply(Requirements((asked, "torch==1.0")), [Remedy("t", constraints=(bound,))])
    left = left or 'scikit_learn[extra]; python_version > "3"'
    assert changed.packages == (left, "torch==1.0")
    kept = set(Requirement(asked).specifier) == set(Requirement(left).specifier)
    assert (f"{asked} gives way to {bound}" in changed.decisions) is not kept


def test_a_python_that_cannot_be_gives_way() -> None:
    changed = apply(Requirements((), ">=3.12"), [Remedy("t", python="<3.10")])
    assert changed.python == "<3.10"
    assert apply(Requirements((), ">=3.8"), [Remedy("t")]).python == ">=3.8"


# ---------------------------------------------------------------- tables and reading


def test_a_failure_is_taken_apart() -> None:
    one = read_failure("a:b", "pkg.Odd: it broke: so [in some_dist 1.0]")
    assert (one.kind, one.message, one.blamed) == ("pkg.Odd", "it broke: so", "some_dist")
    ended = read_failure("a", "the process was ended by SIGILL: The library needs AVX")
    assert (ended.blamed, ended.lost, ended.libraries) == (None, None, ())


def test_only_the_last_error_tells_what_is_lost() -> None:
    why = "ValueError: no (after ModuleNotFoundError: No module named 'first') [in two 1]"
    assert read_failure("x", why).lost is None


def test_every_change_that_is_known_can_be_read() -> None:
    said = (words.replace("{}<{}", "name<{}") for _, words in known.SAID)
    met = (words for _, words in MET)
    every = [*known.REMOVED.values(), *known.ADDED.values(), *GONE.values(), *said, *met]
    for word in (word for words in every for word in words.format("1.2", "3").split()):
        if word.startswith("@"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", word[1:])
        elif not word.startswith("apt:"):
            assert bool(Requirement(word.lstrip("+")).specifier) is not word.startswith("+")
    assert not set(known.REMOVED) & set(known.ADDED)
    assert not set(GONE) & {*known.REMOVED, *known.ADDED}
    bounds = {word for words in every for word in words.format("2.0", "0").split()}
    bounds |= {f"{name}{bound}" for name, bound in known.LIGHT.items()}
    assert set(known.LAST_PYTHON) <= bounds | {
        "numpy~=1.20.0",
        "scikit-learn<1.2",
        "transformers<4.16",
    }


def test_the_version_before_a_major_one() -> None:
    versions = ("2.3.1", "0.4.2", "1.0.0", "1.2.0", "0.0.4", "2024.1", "x")
    assert [before_major(one) for one in versions] == ["2", "0.4", None, "1", None, "2024", None]


@pytest.mark.parametrize(
    "why",
    [
        "ModuleNotFoundError: No module named '_swigfaiss'",
        "ImportError: please pip install a\N{CYRILLIC SMALL LETTER A}b",
        "ImportError: Numba needs NumPy 1.\N{ARABIC-INDIC DIGIT TWO} or less",
    ],
)
def test_what_no_package_can_be_called_is_not_tried(why: str) -> None:
    assert cure(why) is None


OWN = "torch==2.13.0+cpu"


def found(why: str, *pins: str, python: str | None = None, **options: object) -> list[Remedy]:
    requirements = Requirements(("torch",), python=python)
    of_site = environment(OWN, *pins, **options)  # type: ignore[arg-type]
    return [one for one in remedies((Dropped("x", why),), of_site, requirements) if one.from_index]


def test_where_the_sites_own_build_shuts_out_what_is_needed_the_index_has_another() -> None:
    gone = Dropped("gym-retro", "no version has a wheel for Python 3.11")
    (cure,) = found("ModuleNotFoundError: No module named 'retro'", dropped=(gone,))
    assert cure.from_index == ("torch",)
    assert cure.constraints == ("torch<1.13",)
    assert cure.python == "<3.11"
    assert cure.is_guess
    after = apply(Requirements(("torch==2.0", "gym-retro"), python=">=3.11"), [cure])
    assert after.from_index == ("torch",)
    assert after.packages == ("torch", "gym-retro")
    assert after.python == "<3.11"


def test_what_could_not_be_had_is_not_taken_of_a_stranger_of_the_modules_name() -> None:
    gone = Dropped("gym-retro", "no version has a wheel for Python 3.11")
    found = cure("ModuleNotFoundError: No module named 'retro'", dropped=(gone,))
    assert found is not None
    assert (found.packages, found.python) == ((), "<3.11")
    added = cure("ModuleNotFoundError: No module named 'tqdm'", dropped=(gone,))
    assert added is not None
    assert added.packages == ("tqdm",)


@pytest.mark.parametrize(
    "why",
    [
        "ModuleNotFoundError: No module named 'torchtext.legacy'",
        "ModuleNotFoundError: No module named 'torchaudio'",
        "ModuleNotFoundError: No module named 'torch._six'",
        "ImportError: cannot import name '_output_size' from 'torchvision.ops.misc'",
    ],
)
def test_what_is_bound_to_another_torch_takes_that(why: str) -> None:
    assert [one.from_index for one in found(why, "torchvision==0.16.2")] == [("torch",)]


def test_what_only_the_asked_for_release_of_the_sites_own_build_has_is_taken_of_the_index() -> None:
    why = Dropped("x", "ImportError: cannot import name 'align_tensors' from 'torch.functional'")
    (only,) = remedies((why,), environment(OWN), Requirements(("torch==1.9.0",)))
    assert only.from_index == ("torch",)
    assert apply(Requirements(("torch==1.9.0",)), [only]).packages == ("torch==1.9.0",)


def test_a_pin_that_gave_way_does_not_hold_what_took_its_place() -> None:
    why = "ImportError: cannot import name 'old' from 'widget'"
    found = cure(why, "widget==3.2.1", asked="widget==2.1")
    assert found is not None
    assert found.constraints == ("widget<3",)


def test_a_pin_that_gave_way_for_the_sites_python_is_tried_on_one_that_has_its_wheels() -> None:
    """With the index's own PyTorch where the site's is for that Python alone."""
    why = Dropped("x", "ImportError: cannot import name 'old' from 'transformers.file_utils'")
    asked = Requirements(("transformers==4.2.1", "torch"))
    of_site = environment(OWN, "transformers==4.33.2", python="3.11")
    held, own = remedies((why,), of_site, asked)
    assert (held.constraints, held.python) == (("transformers==4.2.1",), "<3.10")
    assert own.from_index == ("torch",)
    (guess,) = remedies((why,), environment("transformers==4.33.2", python="3.9"), asked)
    assert guess.constraints == ("transformers<4",)


def test_what_goes_with_the_sites_own_torch_has_not_drifted() -> None:
    why = Dropped("x", "ImportError: cannot import name 'vocab' from 'torchtext.vocab'")
    of_site = environment(OWN, "torchtext==0.6.0")
    (only,) = remedies((why,), of_site, Requirements(("torch", "torchtext")))
    assert only.from_index
    of_index = environment("torch==1.12.1", "torchtext==0.13.1")
    (guess,) = remedies((why,), of_index, Requirements(("torch", "torchtext")))
    assert guess.constraints == ("torchtext<0.13",)


def test_a_python_that_the_sites_own_build_is_not_for_is_such_a_case() -> None:
    why = "ImportError: cannot import name 'Callable' from 'collections'"
    assert found(why, python="<3.10")
    assert found(why)
    assert not found("ModuleNotFoundError: No module named 'tqdm'")


def test_a_name_that_is_gone_is_known_where_its_package_stumbles_and_says_nothing() -> None:
    why = "AssertionError:  [in PettingZoo 1.23.1]"
    name = "pettingzoo.classic:mahjong_v4"
    found = cure(why, "pettingzoo==1.23.1", name=name)
    assert found is not None
    assert found.constraints == ("pettingzoo<1.21",)
    assert found.python == "<3.11"
    assert cure("AssertionError:  [in pygame 2]", "pettingzoo==1.23.1", name=name) is None


def test_nothing_of_the_site_stands_in_the_way_where_it_has_built_nothing() -> None:
    why = "ModuleNotFoundError: No module named 'torchtext.legacy'"
    for_index = environment("torch==2.1.0", "torchtext==0.16.0")
    cures = remedies((Dropped("x", why),), for_index, Requirements(("torch",)))
    assert not [one for one in cures if one.from_index]
    tried = Requirements(("torch",), from_index=("torch",))
    assert not [
        one for one in remedies((Dropped("x", why),), environment(OWN), tried) if one.from_index
    ]


@pytest.mark.parametrize(
    ("name", "hopeless"),
    [
        ("detectron2.config:get_cfg", True),
        ("bpy", True),
        ("retro", False),
        ("torchtext.legacy", False),
        ("own.part:name", True),
    ],
)
def test_what_no_index_has_is_not_tried_elsewhere(name: str, *, hopeless: bool) -> None:
    dropped = (
        Dropped("detectron2", NO_SUCH_PACKAGE),
        Dropped("retro", "no version has a wheel for Python 3.11"),
    )
    asked = replace(NOTHING, compiled=("own",))
    assert is_hopeless(Dropped(name, "gone"), environment(dropped=dropped), asked) is hopeless
