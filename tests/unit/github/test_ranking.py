from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.github.cards import Candidate, Facts, RepoCard, Wanted
from sandbox.github.matching import terms_of
from sandbox.github.ranking import card, rank
from tests.unit.github.test_queries import SEGMENTATION

WANTED = Wanted("image segmentation", SEGMENTATION)
GOOD = Candidate(
    "ana/unet-digits", "https://github.com/ana/unet-digits",
    "U-Net for image segmentation in PyTorch", stars=100, license="MIT",
    size_bytes=5_000_000, pushed_at="2020-01-01T00:00:00Z", topics=("image-segmentation",),
)  # fmt: skip
WHOLE = Facts(
    notebooks=("demo.ipynb",), scripts=("train.py",), manifests=("requirements.txt",),
    is_pinned=True, data=("a.csv",), data_bytes=10_000, needs_gpu=False, has_figures=True,
    has_license=True, python_files=9, files=20,
)  # fmt: skip


def score(candidate: Candidate = GOOD, facts: Facts | None = WHOLE) -> RepoCard:
    return card(candidate, facts, "", terms_of(WANTED))


def test_each_point_has_a_reason() -> None:
    one = score()
    assert one.score == pytest.approx(sum(reason.points for reason in one.reasons))
    said = [str(reason) for reason in one.reasons]
    assert "+ named after it (unet)" in said
    assert "+ notebook with figures (demo.ipynb)" in said
    assert "+ requirements pinned (requirements.txt)" in said
    assert said[0].startswith("+ named after")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (score(), score(facts=replace(WHOLE, scripts=()))),
        (score(), score(facts=replace(WHOLE, needs_gpu=True))),
        (score(), score(facts=replace(WHOLE, needs_bytes=40 * 10**9))),
        (score(), score(facts=replace(WHOLE, is_retired=True))),
        (score(), score(facts=replace(WHOLE, manifests=(), is_pinned=None))),
        (score(), score(facts=replace(WHOLE, is_list=True, python_files=0))),
        (score(), score(replace(GOOD, license=None), replace(WHOLE, has_license=False))),
        (score(), score(replace(GOOD, size_bytes=3 * 10**9))),
        (score(), score(replace(GOOD, full_name="ana/things", description="", topics=()))),
        (score(replace(GOOD, stars=1000)), score()),
    ],
)
def test_what_makes_it_better(better: RepoCard, worse: RepoCard) -> None:
    assert better.score > worse.score


def test_stars_alone_do_not_win() -> None:
    famous = replace(GOOD, full_name="x/awesome-segmentation", stars=90_000)
    assert score(famous, Facts(is_list=True, files=2)).score < score().score


def test_the_sceptic_gets_stars() -> None:
    famous = replace(GOOD, full_name="x/awesome-segmentation", stars=90_000)
    found = [(GOOD, WHOLE, ""), (famous, Facts(is_list=True, files=2), "")]
    assert [one.candidate.stars for one in rank(found, WANTED)] == [100, 90_000]
    by_stars = rank(found, replace(WANTED, by_stars=True))
    assert [one.candidate.stars for one in by_stars] == [90_000, 100]


def test_what_nobody_looked_into_says_so() -> None:
    one = score(facts=None)
    assert "? not looked into" in [str(reason) for reason in one.reasons]
    assert 0 < one.score < score().score


def test_another_framework_is_said() -> None:
    terms = terms_of(replace(WANTED, framework="pytorch"))
    keras = replace(GOOD, description="Keras U-Net")
    assert "- not for pytorch" in [str(one) for one in card(keras, WHOLE, "", terms).reasons]
    assert "- not for pytorch" not in [str(one) for one in card(GOOD, WHOLE, "", terms).reasons]


@pytest.mark.parametrize(
    ("name", "found"),
    [("pytorch-UNet", "unet"), ("Mask_RCNN", "mask rcnn"), ("maskrcnn-benchmark", "mask rcnn"),
     ("segmentation_of_images", "image segmentation"), ("fcn.berkeleyvision.org", "fcn"),
     ("FCNs", "fcn"), ("awesome-things", None), ("ImageSegmentation", "image segmentation")],
)  # fmt: skip
def test_names_as_people_write_them(name: str, found: str | None) -> None:
    phrase = terms_of(WANTED).within_name(name)
    assert (phrase.text if phrase else None) == found


def test_words_have_to_stand_together_in_a_text() -> None:
    terms = terms_of(WANTED)
    assert terms.within("A tool for Image-Segmentation tasks")
    assert terms.within("an image of a market segmentation") is None
    assert terms.within("this is fcntl") is None
