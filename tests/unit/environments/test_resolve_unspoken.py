from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.domain import PackageIndexes, Requirements
from sandbox.environments import resolve
from sandbox.environments.resolving.unspoken import unspoken
from tests.support.package_index import Offer, write_index
from tests.support.wheels import make_wheel


@pytest.mark.parametrize(
    ("versions", "limits"),
    [
        ({"torch": "1.12.1", "torchaudio": "2.11.0"}, ["torchaudio<2.11"]),
        ({"torch": "2.11.0", "torchaudio": "2.11.0"}, []),
        ({"torch": "1.12.1", "torchaudio": "0.12.1"}, []),
        ({"torchaudio": "2.11.0"}, []),
        ({"torch": "2.8.0", "torchtext": "0.18.0"}, ["torch<2.4"]),
        ({"torch": "2.2.2", "torchtext": "0.17.2"}, []),
        ({"tensorflow": "2.6.1", "keras": "2.15.0"}, ["keras<2.7"]),
        ({"tensorflow": "2.15.0", "keras": "2.15.0"}, []),
        ({"tensorflow": "1.13.2", "keras": "2.4.3"}, ["keras<2.4"]),
        ({"tensorflow": "2.2.0", "keras": "2.4.3"}, []),
        ({"torch": "2.2.0", "numpy": "2.1.0"}, ["numpy<2"]),
        ({"ml-dtypes": "0.2.0", "onnx": "1.19.0"}, ["onnx<1.19"]),
        ({"ml-dtypes": "0.5.1", "onnx": "1.19.0"}, []),
        ({"torch": "2.2.0"}, []),
        ({"flax": "0.6.8", "jax": "0.4.38"}, ["jax<0.4.14"]),
        ({"flax": "0.8.2", "jax": "0.4.30"}, []),
        ({"jax": "0.4.13", "jaxlib": "0.4.38"}, ["jaxlib<=0.4.13"]),
        ({"jax": "0.4.13", "jaxlib": "0.4.13"}, []),
        ({"librosa": "0.6.0", "joblib": "0.14.1"}, ["joblib<0.12"]),
        ({"librosa": "0.6.2", "joblib": "0.14.1"}, []),
        ({"openvino": "2024.6.0", "nncf": "3.2.0"}, ["nncf<2.15", "nncf<3"]),
        ({"openvino": "2026.1.0", "nncf": "3.2.0"}, []),
        ({"supersuit": "3.4.0", "pettingzoo": "1.24.3"}, ["pettingzoo<1.22.4"]),
        ({"prefect": "2.10.8", "pydantic": "2.11.7"}, ["pydantic<2"]),
        (
            {"opencv-python": "4.8.0.76", "opencv-python-headless": "4.5.5.64"},
            ["opencv-python-headless==4.8.0.76"],
        ),
        (
            {"opencv-python": "4.8.0.76", "opencv-contrib-python": "4.5.5.64"},
            ["opencv-contrib-python==4.8.0.76"],
        ),
        ({"opencv-python": "4.8.0.76", "opencv-python-headless": "4.8.0.76"}, []),
    ],
)
def test_what_old_releases_do_not_say_limits_what_lies_beside_them(
    versions: dict[str, str], limits: list[str]
) -> None:
    assert [f"{one.needs}{one.limit}" for one in unspoken(versions)] == limits


@pytest.mark.parametrize("pin", ["jax", "jax==0.4.8"])
def test_to_a_limit_gives_way_what_locks_say_what_stands_for_a_pin_and_the_date(
    tmp_path: Path, pin: str
) -> None:
    """jax 0.4.8 is no longer there, and 0.4.13 came back years after it had been withdrawn."""
    files = tmp_path / "files"
    offers = [
        Offer(make_wheel(files, "flax", "0.6.8", requires=["jax"]), "2023-04-01"),
        Offer(make_wheel(files, "jax", "0.4.38"), "2023-05-01"),
        Offer(make_wheel(files, "jax", "0.4.13"), "2025-12-05"),
    ]
    environment = resolve(
        Requirements(
            ("flax==0.6.8", pin), as_of="2023-06-01", constraints=("jax==0.4.38", "six<2")
        ),
        indexes=PackageIndexes(index_url=write_index(tmp_path / "simple", offers)),
        pythons=("3.11",),
        cache=tmp_path / "cache",
    )
    assert environment.packages == {"flax": "0.6.8", "jax": "0.4.13"}
    assert any("jax<0.4.14 for flax is used" in line for line in environment.decisions)


def test_a_pin_of_the_repositorys_own_stays_and_the_limit_is_told(tmp_path: Path) -> None:
    files = tmp_path / "files"
    offers = [
        Offer(make_wheel(files, "flax", "0.6.8", requires=["jax"]), "2023-04-01"),
        Offer(make_wheel(files, "jax", "0.4.38"), "2023-05-01"),
        Offer(make_wheel(files, "jax", "0.4.13"), "2023-05-01"),
    ]
    environment = resolve(
        Requirements(("flax==0.6.8", "jax==0.4.38")),
        indexes=PackageIndexes(index_url=write_index(tmp_path / "simple", offers)),
        pythons=("3.11",),
        cache=tmp_path / "cache",
    )
    assert environment.packages == {"flax": "0.6.8", "jax": "0.4.38"}
    assert any("jax<0.4.14 for flax cannot be had" in line for line in environment.decisions)


def test_one_limit_that_cannot_be_kept_keeps_no_other_from_it(tmp_path: Path) -> None:
    files = tmp_path / "files"
    pins = ("opencv-python==4.8.0.76", "opencv-python-headless==4.5.5.64")
    offers = [
        Offer(make_wheel(files, *pin.split("==")), "2023-04-01")
        for pin in (*pins, "numpy==1.26.4", "numpy==2.1.0")
    ]
    environment = resolve(
        Requirements((*pins, "numpy")),
        indexes=PackageIndexes(index_url=write_index(tmp_path / "simple", offers)),
        pythons=("3.11",),
        cache=tmp_path / "cache",
    )
    assert environment.packages["numpy"] == "1.26.4"
    assert any(
        line.startswith("opencv-python-headless==4.8.0.76 for opencv-python cannot be had")
        for line in environment.decisions
    )
