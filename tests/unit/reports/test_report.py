"""The report as text: every part of it, whatever the comparison holds."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from sandbox.comparing import Comparison, compare, sentences, to_csv
from sandbox.comparing.model import Curve
from sandbox.domain import Run, RunStatus, Sweep
from sandbox.reports import Frame, Report, report_page
from sandbox.reports.axes import by_size
from sandbox.reports.curves import thinned
from tests.support.made_comparisons import made_comparison
from tests.support.made_runs import make_run

LIBRARY = "window.vegaEmbed = undefined;"


class Reading(HTMLParser):
    """Cells of the table of all variants, and every text of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[dict[str, str]]] = []
        self.texts: list[str] = []
        self._within = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._within |= "data-sortable" in given
        if self._within and tag == "tr":
            self.rows.append([])
        elif self._within and tag == "td":
            self.rows[-1].append({})
        elif self._within and tag == "data":
            kind = "difference" if "class" in given else "value"
            self.rows[-1][-1][kind] = given["value"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._within &= tag != "table"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(comparison: Comparison, **more: Any) -> str:
    return report_page(Report(comparison, **more), library=LIBRARY)


def test_every_number_of_the_table_has_all_digits_of_the_runs() -> None:
    chance = random.Random(3)
    runs = [
        make_run(
            {"lr": repr(chance.random())} if at else {},
            {"loss": chance.lognormvariate(0, 20), "accuracy": chance.random()},
        )
        for at in range(200)
    ]
    found = compare(runs, directions={"accuracy": "max"})
    known = {run.metrics["accuracy"]: run.metrics["loss"] for run in runs}
    read = [
        [cell["value"] for cell in row if "value" in cell] for row in Reading(page_of(found)).rows
    ]
    shown = {float(row[0]): float(row[1]) for row in read if row}
    assert shown == known
    lines = list(csv.DictReader(io.StringIO(to_csv(found))))
    assert {float(line["accuracy"]): float(line["loss"]) for line in lines} == known


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [make_run(status=RunStatus.failed, cause="ValueError")],
        [make_run({"a": str(n)}, status=RunStatus.lost) for n in range(3)],
        [make_run({}, {"loss": float("nan")})],
        [make_run({}, {"loss": 1}), make_run({"a": "1"}, {"accuracy": 1})],
        [make_run({"a": str(n)}, {"loss": 2}) for n in range(3)],
        [make_run({}, {"x": 1}), make_run({"a": "1"}, {"x": 1})],
        [make_run({}, {"loss": 1e308}), make_run({"a": "1"}, {"loss": -1e308})],
    ],
)
def test_there_is_a_page_for_any_runs_and_nothing_is_called_best_without_one(
    runs: list[Run],
) -> None:
    found = compare(runs)
    page = page_of(found)
    assert page.count("<h1>") == 1
    if not any(row.is_measured and row.metrics for row in found.rows):
        assert "against the baseline" not in page
        assert "nothing can be said" in page


def test_five_hundred_metrics_are_cut_and_it_says_so() -> None:
    many = {f"metric_{at}": float(at) for at in range(500)}
    page = page_of(compare([make_run({}, many), make_run({"a": "1"}, many)]))
    assert "488 further metrics are left out" in page
    assert len(page) < 500_000


def test_a_thousand_runs_stay_below_ten_megabytes_and_what_is_left_out_is_told() -> None:
    image = "data:image/png;base64," + "A" * 4000
    made = made_comparison(variants=1005, repeats=1, steps=200)
    page = page_of(made, frames=[Frame(row.variant, (image,)) for row in made.rows[:500]])
    assert len(page.encode()) + 900_000 < 10_000_000
    assert "left out" in page


def test_text_of_any_kind_is_seen_and_does_nothing() -> None:
    odd = "\x00\x1b[2J\ud800\u2028\u202e]]>--></script><b onclick=x>\ufffe"
    found = compare(
        [
            make_run({}, {odd: 1.0}),
            make_run({odd: odd}, {odd: 2.0}),
            make_run({odd: "2"}, status=RunStatus.failed, cause=odd),
        ]
    )
    page = page_of(found, notes=[odd])
    page.encode()
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff\u2028\u2029\u202e\ufffe]", page)
    assert "<b onclick" not in page
    shown = "".join(Reading(page).texts)
    assert "␀␛[2J\ufffd" in shown


def test_data_for_plots_cannot_end_its_script() -> None:
    name = "</script><!--<script>"
    page = page_of(compare([make_run({}, {"loss": 1}), make_run({name: name}, {"loss": 2})]))
    specs = re.findall(r'<script type="application/json" id="spec-\w+">(.*?)</script>', page)
    assert len(specs) == 2
    assert all(name in json.dumps(json.loads(spec)) for spec in specs)


def test_its_policy_names_the_scripts_and_the_style_and_allows_nothing_else() -> None:
    page = page_of(made_comparison())
    policy = page.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
    assert policy.startswith("default-src &#39;none&#39;; img-src data:; script-src &#39;sha256-")
    assert "unsafe" not in policy


def test_its_head_has_the_sentences_and_nothing_that_a_table_below_has() -> None:
    made = made_comparison()
    told, texts = sentences(made), Reading(page_of(made)).texts
    for line in (*told["Best"], told["What mattered"][0], *told["What was luck"]):
        assert texts.count(line) == 1
    assert [texts.count(line) for line in told["What broke"]] == [1]
    assert told["What mattered"][1] == "no more than luck: depth"
    assert "no more than luck: depth" not in texts


def test_values_are_ordered_by_size_and_one_number_is_one_value() -> None:
    assert by_size(["10", "9", "1e1", "adam", "1.0", "1"]) == ["1.0", "9", "10", "adam"]


def test_a_long_curve_is_thinned_without_losing_its_peaks() -> None:
    values = [0.0] * 10_000
    values[1234], values[8000] = 5.0, float("nan")
    places = thinned(values, 120)
    assert len(places) <= 120
    assert {0, 1234, 9999} <= set(places)


def test_curves_with_nothing_finite_are_no_obstacle() -> None:
    made = made_comparison()
    nan = float("nan")
    curve = Curve("baseline", made.rows[0].variant, "accuracy", (1.0, 2.0), (nan, float("inf")))
    assert "spec-curves" in page_of(replace(made, curves=(curve,)))


@pytest.mark.parametrize(
    ("guess", "told"),
    [("a: up, big", "guessed: a: up, big"), ("<b>odd", "&lt;b&gt;odd")],
)
def test_a_guess_stands_beside_what_came_of_it(guess: str, told: str) -> None:
    runs = [make_run({"a": str(at)} if at else {}, {"accuracy": at / 10}) for at in range(4)]
    sweep = Sweep("id", "w", "r", "c", "train.py", "e", 4, "sandbox sweep", 0.0, guess=guess)
    page = page_of(compare(runs), sweep=sweep)
    assert "Your guess" in page
    assert told in page
    assert "Your guess" not in page_of(compare(runs), sweep=replace(sweep, guess=None))


@pytest.mark.parametrize(
    "loss", [(0.0, 5e-324), (-5e-324, 0.0), (1e-308, 1.7e308), (-1.7e308, 1.7e308)]
)
def test_numbers_at_the_ends_of_what_there_is_make_a_page(loss: tuple[float, float]) -> None:
    runs = [make_run({"lr": str(one)}, {"loss": one}) for one in loss]
    assert "cannot be drawn" not in report_page(Report(compare(runs)), library=LIBRARY)


def test_a_plot_that_cannot_be_drawn_leaves_the_page_standing() -> None:
    made = made_comparison()
    curve = replace(made.curves[0], steps=(0, 10**400), values=(1.0, 2.0))
    page = report_page(Report(replace(made, curves=(curve,))), library=LIBRARY)
    assert "a plot cannot be drawn (curves)" in page
