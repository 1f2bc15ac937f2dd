"""From a question to ranked repositories, on a GitHub made of repositories that the test gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.errors import InputError, LimitError, NetworkError, TargetError
from sandbox.github import Wanted, caching, explain, find
from tests.support.github_graphql import TOKEN, InMemory, Metadata, Site, serve_github
from tests.support.github_sites import MakeSite
from tests.unit.github.test_queries import SEGMENTATION

pytestmark = pytest.mark.slow

WANTED = Wanted("image segmentation", SEGMENTATION)
ABOUT = Metadata(
    "ana", "unet-digits", "Image segmentation with U-Net", stars=40, license_id="MIT",
    topics=("image-segmentation",), languages={"Python": 9000}, size_kb=900,
)  # fmt: skip
FILES = {
    "README.md": b"# U-Net\nImage segmentation, runs on a laptop.\n![masks](img/masks.png)\n",
    "train.py": b"import torch\n",
    "notebooks/demo.ipynb": b"{}",
    "requirements.txt": b"torch==1.4\nnumpy==1.18\n",
    "data/masks.npz": b"0" * 5000,
    "LICENSE": b"MIT License",
}


def repositories() -> list[InMemory]:
    """The good one, a list of links, one that needs a cluster, and a crowd."""
    links = replace(ABOUT, owner="bob", name="awesome-segmentation", stars=9000, license_id=None)
    heavy = replace(ABOUT, owner="cho", name="segmentation-at-scale", stars=3000,
                    description="image segmentation at scale")  # fmt: skip
    crowd = [
        InMemory(
            replace(ABOUT, owner="crowd", name=f"image-segmentation-{n}", stars=n, topics=()),
            {"main.py": b"x", "README.md": b"image segmentation"},
        )
        for n in range(30)
    ]
    return [
        InMemory(ABOUT, FILES),
        InMemory(links, {"README.md": b"# Awesome segmentation\n- [a](https://b.example)\n" * 40}),
        InMemory(heavy, {"README.md": b"Download the dataset (400 GB). Requires 8 x V100 GPUs.",
                         "train.py": b"x"}),
        *crowd,
    ]  # fmt: skip


@pytest.fixture
def served(node_packages: Path) -> Iterator[Site]:
    with serve_github(node_packages, *repositories()) as site:
        yield site


@pytest.mark.parametrize("token", [TOKEN, None])
def test_the_one_to_tinker_with_comes_first(
    served: Site, make_site: MakeSite, token: str | None
) -> None:
    answer = find(make_site(served.base_url, token=token), WANTED)
    first = answer.results[0]
    assert first.candidate.full_name == "ana/unet-digits"
    assert first.facts
    assert first.facts.notebooks == ("notebooks/demo.ipynb",)
    said = [str(reason) for reason in first.reasons]
    assert "+ script to run (train.py)" in said
    assert "+ licence MIT" in said
    assert len(answer.results) == 20
    assert answer.api_calls <= 12
    assert len(served.requests) == answer.api_calls


def test_with_a_token_everything_is_looked_into(served: Site, make_site: MakeSite) -> None:
    answer = find(make_site(served.base_url, token=TOKEN), replace(WANTED, limit=50))
    cards = {card.candidate.full_name: card for card in answer.results}
    assert all(card.facts for card in cards.values())
    links, heavy = cards["bob/awesome-segmentation"], cards["cho/segmentation-at-scale"]
    assert links.facts
    assert links.facts.is_list
    assert "- needs 400 GB of data" in [str(one) for one in heavy.reasons]
    assert "- needs a GPU" in [str(one) for one in heavy.reasons]
    pinned = cards["ana/unet-digits"]
    assert "+ requirements pinned (requirements.txt)" in [str(one) for one in pinned.reasons]
    assert "+ notebook with figures (notebooks/demo.ipynb)" in [str(o) for o in pinned.reasons]


def test_without_a_token_it_says_what_it_did_not_look_into(
    served: Site, make_site: MakeSite
) -> None:
    answer = find(make_site(served.base_url), WANTED)
    assert any("not looked into: without a token" in note for note in answer.notes)
    assert any(card.facts is None for card in answer.results)


def test_the_second_time_nothing_is_asked(served: Site, make_site: MakeSite) -> None:
    for token in (TOKEN, None):
        first = find(make_site(served.base_url, token=token), WANTED)
        again = find(make_site(served.base_url, token=token), WANTED)
        assert again.api_calls == 0
        assert again.results == first.results


def test_what_has_not_changed_costs_nothing_of_the_limit(
    served: Site, make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    find(make_site(served.base_url), WANTED)
    left = served.limits.look("core", "").remaining
    monkeypatch.setattr(caching, "FRESH_S", 0.0)
    find(make_site(served.base_url), WANTED)
    assert served.limits.look("core", "").remaining == left
    assert any(one.headers.get("if-none-match") for one in served.requests)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (replace(WANTED, has=("notebook", "data")), {"ana/unet-digits"}),
        (replace(WANTED, has=("manifest",)), {"ana/unet-digits"}),
        (replace(WANTED, has=("tests",)), set()),
    ],
)
def test_has_leaves_out_what_has_not(
    served: Site, make_site: MakeSite, wanted: Wanted, names: set[str]
) -> None:
    answer = find(make_site(served.base_url, token=TOKEN), replace(wanted, limit=50))
    assert {card.candidate.full_name for card in answer.results} == names
    assert any("left out, which do not have what was asked for" in note for note in answer.notes)


def test_cpu_leaves_out_what_needs_a_gpu(served: Site, make_site: MakeSite) -> None:
    answer = find(make_site(served.base_url, token=TOKEN), replace(WANTED, cpu=True, limit=50))
    assert "cho/segmentation-at-scale" not in {c.candidate.full_name for c in answer.results}


def test_stars_for_the_sceptic(served: Site, make_site: MakeSite) -> None:
    answer = find(make_site(served.base_url, token=TOKEN), replace(WANTED, by_stars=True))
    stars = [card.candidate.stars for card in answer.results]
    assert stars == sorted(stars, reverse=True)
    assert stars[0] == 9000


def test_a_limit_in_the_middle_gives_what_there_is(served: Site, make_site: MakeSite) -> None:
    served.limits.leave("core", 3)
    served.limits.leave("search", 2)
    answer = find(make_site(served.base_url), WANTED)
    assert answer.results
    assert sum(card.facts is not None for card in answer.results) <= 3
    assert any("one of the searches failed: GitHub's limit" in note for note in answer.notes)


def test_a_limit_at_once_is_an_error_with_a_way_out(served: Site, make_site: MakeSite) -> None:
    served.limits.leave("search", 0)
    with pytest.raises(LimitError, match=r"limit of .* for searches; again from") as caught:
        find(make_site(served.base_url), WANTED)
    assert "GITHUB_TOKEN" in (caught.value.hint or "")


def test_a_graphql_limit_degrades_to_what_the_searches_tell(
    served: Site, make_site: MakeSite
) -> None:
    served.limits.leave("graphql", 0, caller="me")
    answer = find(make_site(served.base_url, token=TOKEN), WANTED)
    assert answer.results
    assert any("were not looked into at once: GitHub's" in note for note in answer.notes)


def test_a_wrong_token_is_said(served: Site, make_site: MakeSite) -> None:
    with pytest.raises(InputError, match="does not accept the token"):
        find(make_site(served.base_url, token="ghp_wrong_token_0000"), WANTED)


def test_nothing_found_is_an_answer(served: Site, make_site: MakeSite) -> None:
    answer = find(make_site(served.base_url), Wanted("quantum baskets"))
    assert answer.results == ()
    assert answer.total == 0


def test_without_network_old_answers_are_told_as_old(
    node_packages: Path, make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_github(node_packages, *repositories()) as served:
        first = find(make_site(served.base_url, token=TOKEN), WANTED)
    monkeypatch.setattr(caching, "FRESH_S", 0.0)
    again = find(make_site(served.base_url, token=TOKEN), WANTED)
    assert again.results == first.results
    assert any("answered as of" in note for note in again.notes)
    with pytest.raises(NetworkError, match="cannot be reached"):
        find(make_site(served.base_url, token=TOKEN), Wanted("something else"))


def test_one_repository_is_explained_whatever_it_costs(served: Site, make_site: MakeSite) -> None:
    site = make_site(served.base_url)
    (card,) = explain(site, "ana/unet-digits", WANTED).results
    assert site.calls <= 5
    assert card.facts
    assert card.facts.is_pinned
    assert card.facts.has_figures
    assert sum(reason.points for reason in card.reasons) == pytest.approx(card.score)


@pytest.mark.parametrize("name", ["ana/nothing", "../etc", "ana", "a/b/c", "ana/unet digits"])
def test_what_there_is_not_cannot_be_explained(
    served: Site, make_site: MakeSite, name: str
) -> None:
    with pytest.raises(TargetError):
        explain(make_site(served.base_url), name, WANTED)


def test_odd_repositories_do_no_harm(node_packages: Path, make_site: MakeSite) -> None:
    odd = [
        InMemory(replace(ABOUT, name="image-segmentation-empty"), {}),
        InMemory(replace(ABOUT, name="x" * 100, description="image segmentation"), FILES),
        InMemory(
            replace(ABOUT, name="image-segmentation-odd", description="image segmentation \x1b[2J"),
            {"README.md": b"\xff\xfe\x00", "a\nb.py": b"", "requirements.txt": b"\xff"},
        ),
        InMemory(replace(ABOUT, name="image-segmentation-huge", size_kb=5_000_000,
                         stars=100_000), FILES),
    ]  # fmt: skip
    with serve_github(node_packages, *odd) as served:
        for token in (TOKEN, None):
            answer = find(make_site(served.base_url, token=token), WANTED)
            assert len(answer.results) == 4


def test_fame_does_not_hide_what_is_archived_or_enormous(
    node_packages: Path, make_site: MakeSite
) -> None:
    huge = replace(ABOUT, name="image-segmentation-huge", size_kb=5_000_000, stars=100_000)
    archived = replace(ABOUT, name="image-segmentation-old", stars=100_000, is_archived=True)
    shelf = [InMemory(one, FILES) for one in (ABOUT, huge, archived)]
    with serve_github(node_packages, *shelf) as served:
        site = make_site(served.base_url, token=TOKEN)
        found = [card.candidate.full_name for card in find(site, WANTED).results]
        (explained,) = explain(site, archived.full_name, WANTED).results
        (large,) = explain(site, huge.full_name, WANTED).results
    assert found == [ABOUT.full_name, huge.full_name]
    assert "archived" in [reason.text for reason in explained.reasons]
    assert "very large (5 GB)" in [reason.text for reason in large.reasons]
