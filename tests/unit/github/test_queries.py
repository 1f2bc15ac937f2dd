from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import InputError
from sandbox.github import Wanted, arxiv_id, checked_date, framework_named
from sandbox.github.queries import LONGEST, queries_of
from sandbox.recipes import Problem

SEGMENTATION = Problem(
    name="image segmentation",
    also=("semantic segmentation",),
    task="semantic segmentation",
    models=("unet", "fcn", "mask rcnn", "deeplab"),
    topics=("image-segmentation", "unet"),
)


def test_a_problem_is_asked_for_by_words_topic_and_models() -> None:
    found = queries_of(Wanted("image segmentation", SEGMENTATION, framework="pytorch"))
    assert [(one.name, one.text, one.sort) for one in found] == [
        ("words", "image segmentation pytorch language:python archived:false", None),
        (
            "notebooks",
            'image segmentation pytorch language:"Jupyter Notebook" archived:false',
            None,
        ),
        ("topic", "topic:image-segmentation pytorch archived:false", "stars"),
        (
            "models",
            'unet OR fcn OR "mask rcnn" pytorch language:python archived:false',
            None,
        ),
    ]


def test_words_that_no_table_knows_are_a_topic_too() -> None:
    found = {one.name: one.text for one in queries_of(Wanted("Quantum Baskets"))}
    assert found["topic"].startswith("topic:quantum-baskets ")


def test_a_paper_is_looked_for_in_readmes() -> None:
    (only,) = queries_of(Wanted(paper="https://arxiv.org/abs/1505.04597v1"))
    assert only.text == "1505.04597 in:name,description,readme archived:false"
    (title,) = queries_of(Wanted(paper='Attention is "all" you need stars:>1'))
    assert title.text.startswith('"Attention is all you need stars 1" in:')


def test_what_is_wanted_becomes_qualifiers() -> None:
    wanted = Wanted("digits", since="2022-01-01", max_size_bytes=200 * 2**20)
    assert all(
        one.text.endswith("archived:false pushed:>=2022-01-01 size:<=204800")
        for one in queries_of(wanted)
    )


@given(st.text(max_size=600), st.text(max_size=300) | st.none())
def test_no_text_makes_a_query_that_github_refuses(words: str, paper: str | None) -> None:
    for one in queries_of(Wanted(words, SEGMENTATION, paper=paper)):
        assert len(one.text) <= LONGEST
        assert one.text.count(" OR ") + one.text.count(" AND ") + one.text.count(" NOT ") <= 5
        assert one.text.isprintable()
    assert len(queries_of(Wanted(words, SEGMENTATION, paper=paper))) <= 4


def test_code_is_searched_for_the_usual_model_by_those_who_may() -> None:
    found = {
        one.name: one for one in queries_of(Wanted("image segmentation", SEGMENTATION), code=True)
    }
    assert found["code"].text == '"unet" filename:train language:python'
    assert found["code"].path == "/search/code"


def test_nothing_is_no_query() -> None:
    assert queries_of(Wanted("  ?!  ")) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [("1505.04597", "1505.04597"), ("arXiv:1505.04597v3", "1505.04597"),
     ("https://arxiv.org/pdf/2010.11929.pdf", "2010.11929"), ("U-Net", None)],
)  # fmt: skip
def test_arxiv_ids(text: str, found: str | None) -> None:
    assert arxiv_id(text) == found


@pytest.mark.parametrize(
    ("text", "found"), [("2022", "2022-01-01"), ("2022-05", "2022-05-01"), ("2022-05-06",) * 2]
)
def test_dates(text: str, found: str) -> None:
    assert checked_date(text) == found


@pytest.mark.parametrize("text", ["", "22", "last week", "2022-13", "2022-02-30"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(InputError, match="is no date"):
        checked_date(text)


def test_frameworks_by_the_words_people_use() -> None:
    assert [framework_named(one) for one in ("Torch", "sklearn", "tf", "cobol")] == [
        "pytorch", "scikit-learn", "tensorflow", None,
    ]  # fmt: skip
