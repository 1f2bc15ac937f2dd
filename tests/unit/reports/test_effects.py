"""The plot of effects, drawn by Vega itself."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from sandbox.comparing import compare
from sandbox.reports import effects_svg
from sandbox.reports.drawing import check
from sandbox.reports.effects import MOST_ALONE, effects_plot, strongest
from sandbox.reports.plots import labels, short
from tests.support.made_comparisons import made_comparison
from tests.support.made_runs import make_run


def test_the_picture_of_many_effects_is_small_and_names_the_largest() -> None:
    svg = effects_svg(made_comparison(variants=200))
    assert svg is not None
    assert len(svg.encode()) <= 60_000
    assert ET.fromstring(svg).tag.endswith("svg")
    comparison = made_comparison(variants=200)
    largest = strongest(comparison, "accuracy", MOST_ALONE)
    assert all(effect.tweak in svg for effect in largest)


def test_what_the_studied_code_wrote_is_text_in_the_picture() -> None:
    name = "<script>alert(1)</script>\x00\ud800\u202e&\"'"
    runs = [make_run({}, {"loss": 1}), make_run({name: name}, {"loss": 0.5})]
    svg = effects_svg(compare(runs))
    assert svg is not None
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
    svg.encode()


@pytest.mark.parametrize("runs", [[], [make_run()], [make_run({}, {"loss": 1})]])
def test_where_there_is_no_effect_there_is_no_picture(runs: list[object]) -> None:
    assert effects_svg(compare(runs)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "within", ["<script/>", "<rect onclick='1'/>", "<a href='x'/>", "<g fill='url(http://a)'/>"]
)
def test_a_picture_that_could_act_is_refused(within: str) -> None:
    with pytest.raises(ValueError, match="an SVG of ours"):
        check(f"<svg xmlns='http://www.w3.org/2000/svg'>{within}</svg>")


def test_every_effect_is_in_the_plot_with_all_its_digits() -> None:
    comparison = made_comparison()
    plot = effects_plot(comparison)
    assert plot is not None
    rows = plot.spec["layer"][2]["data"]["values"]
    shown = {row["difference"] for row in rows if row["metric"] == "accuracy"}
    assert shown == {e.difference for e in comparison.effects if e.metric == "accuracy"}


def test_effects_without_an_interval_are_drawn_too() -> None:
    made = made_comparison()
    bare = replace(made, effects=tuple(replace(e, interval=None) for e in made.effects), noise={})
    assert effects_svg(bare) is not None


def test_an_interval_without_ends_is_not_drawn() -> None:
    made = made_comparison()
    endless = (float("-inf"), float("inf"))
    effects = tuple(replace(one, interval=endless) for one in made.effects)
    noise = {"accuracy": replace(made.noise["accuracy"], band=endless)}
    plot = effects_plot(replace(made, effects=effects, noise=noise))
    assert plot is not None
    assert "Infinity" not in json.dumps(plot.spec)
    assert effects_svg(replace(made, effects=effects, noise=noise)) is not None


def test_variants_and_metrics_with_long_names_that_begin_alike_are_told_apart() -> None:
    start = "model.encoder.layers.attention.projection.dropout"
    names = [f"{start}.{end}" for end in ("first", "second", "third")]
    metrics = [f"validation/{start}/{end}" for end in ("one", "two")]
    runs = [make_run({}, dict.fromkeys(metrics, 1.0))]
    for at in range(8):
        tweaks = {name: str(at >> place & 1) for place, name in enumerate(names)}
        runs.append(make_run(tweaks, dict.fromkeys(metrics, 2.0 + at)))
    comparison = compare(runs)
    plot = effects_plot(comparison)
    assert plot is not None
    rows = plot.spec["layer"][2]["data"]["values"]
    assert len({(row["metric"], row["tweak"]) for row in rows}) == len(comparison.effects) == 16
    assert plot.spec["params"][0]["value"] == rows[0]["metric"]


def test_labels_are_each_once_whatever_they_are_of() -> None:
    long = "x" * 80
    shown = labels([long, long, "a", f"{short(long)}", "a", "a (2)"])
    assert len(set(shown)) == 6
    assert labels(["lr=0.1", "lr=0.2"]) == ["lr=0.1", "lr=0.2"]
