from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.github.cards import File, Listing
from sandbox.github.facts import facts_of

GB = 10**9


def listing(*paths: str, readme: str | None = None, requirements: str | None = None) -> Listing:
    return Listing(tuple(File(path, 1000) for path in paths), readme=readme,
                   requirements=requirements)  # fmt: skip


def test_what_can_be_run_and_what_it_needs() -> None:
    facts = facts_of(
        listing(
            "train.py", "makemore.py", "model.py", "data_loader.py", "lib/runners.py",
            "utils/helpers.py", "setup.py", "tests/test_model.py",
            "src/train_gan.py", "requirements.txt", "notebooks/demo.ipynb", "LICENSE",
            ".ipynb_checkpoints/demo-checkpoint.ipynb",
        )
    )  # fmt: skip
    assert facts.scripts == ("train.py", "src/train_gan.py", "makemore.py")
    assert facts.notebooks == ("notebooks/demo.ipynb",)
    assert facts.manifests == ("requirements.txt", "setup.py")
    assert facts.has_tests
    assert facts.has_license
    assert facts.is_pinned is None


@pytest.mark.parametrize(
    ("requirements", "pinned"),
    [("torch==1.4\nnumpy==1.18\n", True), ("torch\nnumpy==1.2\nscipy\n", False),
     ("# nothing\n", False)],
)  # fmt: skip
def test_pins(*, requirements: str, pinned: bool) -> None:
    assert facts_of(listing("requirements.txt", requirements=requirements)).is_pinned is pinned


def test_a_lock_is_a_pin() -> None:
    assert facts_of(listing("uv.lock", "pyproject.toml")).is_pinned


def test_data_that_is_included() -> None:
    files = (File("data/train.csv", 5000), File("names.txt", 300_000), File("README.txt", 900),
             File("img/logo.png", 900), File("data/cat.png", 700))  # fmt: skip
    facts = facts_of(Listing(files))
    assert facts.data == ("names.txt", "data/train.csv", "data/cat.png")
    assert facts.data_bytes == 305_700


@pytest.mark.parametrize(
    ("readme", "needs"),
    [
        ("Download the dataset (about 40 GB) and unzip it.", 40 * GB),
        ("You need 1.5TB of disk for ImageNet images", 1500 * GB),
        ("Trained on a card with 11 GB of memory.", None),
        ("It runs within 8GB GPU RAM; the data set is small.", None),
        ("Nothing said.", None),
    ],
)
def test_data_that_has_to_be_brought(readme: str, needs: int | None) -> None:
    assert facts_of(listing("a.py", readme=readme)).needs_bytes == needs


@pytest.mark.parametrize(
    ("readme", "needs"),
    [
        ("This requires a CUDA capable GPU.", True),
        ("We trained on 8 x V100 for a week", True),
        ("Training needs a GPU; for a try on CPU pass --device cpu", False),
        ("Runs on a laptop.", False),
        ("It does not need a GPU or CUDA.", False),
        ("Training requires neither GPU nor CUDA.", False),
        ("Training needs only minutes; a GPU helps.", False),
        ("CUDA_VISIBLE_DEVICES=0 python train.py", False),
        ("Requires 8 NVIDIA GPUs.\nData loading takes many CPU workers.", True),
        ("[![Colab](x)](https://colab.research.google.com/x)\nIt needs a GPU with 24 GB.", True),
        (None, None),
    ],
)
def test_gpus(*, readme: str | None, needs: bool | None) -> None:
    assert facts_of(listing("a.py", readme=readme)).needs_gpu is needs


@pytest.mark.parametrize(
    ("readme", "shows"),
    [
        ("![samples](img/out.png)", True),
        ('<img src="loss.png" width=300>', True),
        ("[![Build](https://img.shields.io/x.svg)](https://ci)", False),
        ("![build badge](https://travis-ci.org/x.svg)", False),
    ],
)
def test_figures_are_not_badges(*, readme: str, shows: bool) -> None:
    assert facts_of(listing("a.ipynb", readme=readme)).has_figures is shows


@pytest.mark.parametrize(
    ("paths", "downloads"),
    [(("widget.py", "target_data.py"), False), (("download.sh",), True),
     (("data/prepare.py",), True), (("get_logger.py",), False)],
)  # fmt: skip
def test_scripts_that_fetch(*, paths: tuple[str, ...], downloads: bool) -> None:
    assert facts_of(listing(*paths)).downloads is downloads


def test_a_list_of_links_is_no_code() -> None:
    assert not facts_of(listing("a.py", "b.py", readme="See the awesome [x](https://y)")).is_list
    assert facts_of(listing("README.md", readme="# Awesome GANs\n- [a](https://b)")).is_list
    assert not facts_of(listing(*(f"{n}.py" for n in range(9)), readme="an awesome GAN")).is_list


@pytest.mark.parametrize(
    ("readme", "retired"),
    [
        ("**This repository is no longer maintained.**", True),
        ("This project has moved to https://x", True),
        ("The deprecated option --old is gone", False),
        ("Windows is not supported.", False),
        ("Python 2 is no longer supported", False),
        ("The dataset has moved to https://x", False),
        ("This repository is deprecated.", True),
        ("Maintained with love", False),
    ],
)
def test_what_its_authors_gave_up(*, readme: str, retired: bool) -> None:
    assert facts_of(listing("a.py", readme=readme)).is_retired is retired


@given(
    st.lists(st.tuples(st.text(min_size=1), st.integers(0, 10**12)), max_size=20),
    st.text() | st.none(),
    st.text() | st.none(),
)
def test_no_repository_is_too_odd(
    files: list[tuple[str, int]], readme: str | None, requirements: str | None
) -> None:
    facts_of(Listing(tuple(File(*one) for one in files), readme=readme, requirements=requirements))
