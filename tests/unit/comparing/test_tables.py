from __future__ import annotations

import csv
import dataclasses
import io

import pytest

from sandbox.comparing import Suggestion, compare, sentences, table, to_csv, to_markdown
from sandbox.comparing.texts import to_difference, to_number, without_formula
from sandbox.domain import RunStatus
from sandbox.foreign import visible
from tests.support.made_runs import make_run


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_table_shows_what_differs_with_signed_differences() -> None:
    shown = table(
        compare(
            [
                make_run({}, {"loss": 0.5}),
                make_run({"lr": "0.1"}, {"loss": 0.25}),
                make_run({"lr": "0.2"}, {"loss": 0.75}),
            ]
        )
    )
    assert shown.headers == ("lr", "loss")
    assert shown.rows == (
        ("0.1", "0.25 (-0.25)"),
        ("baseline", "0.5"),
        ("0.2", "0.75 (+0.25)"),
    )


def test_failures_have_a_status_and_their_cause() -> None:
    failed = make_run({"lr": "9"}, status=RunStatus.failed, cause="ValueError: lr")
    shown = table(compare([make_run({}, {"loss": 0.5}), failed]))
    assert shown.headers == ("lr", "loss", "status")
    assert shown.rows[1] == ("9", "-", "failed: ValueError: lr")
    assert shown.told["What broke"] == ("1 of 2 runs: failed: ValueError: lr",)


def test_repeats_show_their_spread_and_number() -> None:
    runs = [make_run({"a": "1"}, {"loss": value}, repeat=at) for at, value in enumerate([1.0, 2.0])]
    shown = table(compare(runs))
    assert shown.headers == ("variant", "loss", "runs")
    assert shown.rows[0] == ("a=1", "1.5 ± 0.71", "2")


def test_further_metrics_are_named_not_shown() -> None:
    metrics = {f"loss_{number}": 1.0 for number in range(500)}
    shown = table(compare([make_run({}, metrics)]), most_metrics=3)
    assert len(shown.headers) == 4
    assert any("497 further metrics" in note for note in shown.notes)


def test_of_very_many_variants_the_best_and_the_baseline_are_shown() -> None:
    runs = [make_run({}, {"accuracy": 0.0})]
    runs += [make_run({"lr": str(at)}, {"accuracy": at / 1000}) for at in range(1, 300)]
    comparison = compare(runs, directions={"accuracy": "max"})
    shown = table(comparison, most_rows=100)
    assert len(shown.rows) == 101
    assert shown.rows[0][0] == "299"
    assert "baseline" in shown.rows[-1][0]
    assert shown.notes[0].startswith("not shown: 199 further variants; ")
    assert len(table(comparison).rows) == 300
    assert not any("further" in note for note in table(comparison, most_rows=300).notes)


def test_an_empty_comparison_is_an_empty_table() -> None:
    assert table(compare([])).rows == ()
    assert to_csv(compare([])).startswith("variant,name")
    assert to_markdown(compare([])).startswith("| variant |")


@pytest.mark.parametrize("bad", ["\x1b[31mred", "a\nb", "\u202egnp", "x\u2028y", "\x00", "\ud800"])
def test_characters_that_act_are_shown_as_symbols_everywhere(bad: str) -> None:
    runs = [
        make_run({}, {"loss": 1.0}),
        make_run({bad: bad}, {f"loss{bad}": 1.0}, status=RunStatus.failed, cause=bad),
    ]
    shown = table(compare(runs))
    below = [text for told in shown.told.items() for text in (told[0], *told[1])]
    cells = [cell for row in shown.rows for cell in row]
    text = "".join([*shown.headers, *shown.notes, *below, *cells])
    for whole in (
        text,
        to_csv(compare(runs)).replace("\n", ""),
        to_markdown(compare(runs)).replace("\n", ""),
    ):
        assert visible(whole) == whole
        whole.encode()


def test_control_characters_become_their_pictures() -> None:
    assert visible("a\x1bb\x7f\t") == "a␛b␡␉"


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\tx", " =1", "=1e3", "-=1"])
def test_what_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    assert without_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-0.5", "+3", "1e-3", "lr=0.1", "a-b", ""])
def test_numbers_and_plain_text_stay_what_they_are(text: str) -> None:
    assert without_formula(text) == text


def test_csv_cells_cannot_start_a_formula() -> None:
    runs = [make_run({"=x": "=HYPERLINK(1)"}, {"@loss": -0.5}), make_run({}, {"@loss": 1.0})]
    for row in csv.reader(io.StringIO(to_csv(compare(runs)))):
        assert all(not cell.startswith(("=", "@", "+", "\t")) for cell in row)


def test_csv_holds_every_digit() -> None:
    values = [0.1 + 0.2, 1 / 3, -1e-17, 123456789.123456789]
    runs = [make_run({"n": str(at)}, {"loss": value}) for at, value in enumerate(values)]
    rows = {row["n"]: row for row in read_csv(to_csv(compare(runs)))}
    assert [float(rows[str(at)]["loss"]) for at in range(4)] == values


def test_markdown_cells_cannot_break_out_of_the_table() -> None:
    text = to_markdown(
        compare([make_run({"a|b": "<img src=x>"}, {"loss": 1.0}), make_run({}, {"loss": 2.0})])
    )
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {3}
    assert "<img" not in text.replace("\\<", "")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.1235"), (12.0, "12"), (1234567.0, "1.235e+06"), (1e-7, "1e-07"), (0.0, "0")],
)
def test_numbers_have_four_digits(value: float, text: str) -> None:
    assert to_number(value) == text


def test_differences_have_a_sign() -> None:
    assert [to_difference(value) for value in (0.5, -0.25, 0.0)] == ["+0.5", "-0.25", "±0"]
    assert to_difference(0.1 + 0.2 - 0.3, 0.3) == "±0"


def test_a_difference_has_its_interval_and_a_sign_where_it_may_be_luck() -> None:
    runs = [make_run({}, {"loss": value}, repeat=at) for at, value in enumerate([0.5, 0.52, 0.51])]
    runs += [make_run({"lr": "1"}, {"loss": 0.5}), make_run({"lr": "2"}, {"loss": 0.1})]
    shown = table(compare(runs))
    assert shown.rows == (
        ("2", "0.1 (-0.41 ± 0.064)", "1"),
        ("1", "0.5 (-0.01 ± 0.064 ≈)", "1"),
        ("baseline", "0.51 ± 0.01", "3"),
    )
    assert "What was luck (≈)" in shown.told
    row = read_csv(to_csv(compare(runs)))[1]
    assert row["loss verdict"] == "luck"
    assert float(row["loss low"]) < 0 < float(row["loss high"])
    assert "| 1 | 0.5 (-0.01 ± 0.064 ≈) | 1 |" in to_markdown(compare(runs))


def test_what_it_shows_stands_below_without_the_best_which_is_the_first_row() -> None:
    runs = [make_run({}, {"loss": 0.5}), make_run({"lr": "1"}, {"loss": 0.1})]
    found = dataclasses.replace(
        compare([*runs, make_run({"w_d": "2"}, {"loss": 0.45})]),
        suggestions=(Suggestion("sandbox sweep `x_y` -p w_d=*", "be_cause"),),
    )
    below = {heading: lines for heading, lines in sentences(found).items() if heading != "Best"}
    assert table(found).told == below
    text = to_markdown(found)
    assert "\n**What mattered**\n\n- lr: " in text
    assert text.endswith("- be\\_cause\n\n      sandbox sweep `x_y` -p w_d=*\n")


def test_the_same_tweaks_on_two_commits_keep_their_own_differences() -> None:
    runs = [make_run({}, {"loss": value}, repeat=at) for at, value in enumerate([0.5, 0.52, 0.51])]
    other = dataclasses.replace(make_run({}, {"loss": 0.1}), variant="of another commit")
    shown = table(compare([*runs, other]))
    assert sorted(row[1] for row in shown.rows) == ["0.1 (-0.41 ± 0.05)", "0.51 ± 0.01"]


def test_directions_of_all_metrics_that_are_shown_are_told() -> None:
    runs = [make_run({}, {"loss": 1.0, "f1": 0.5, "zeta": 1.0})]
    assert table(compare(runs, directions={"loss": "min"})).notes == (
        "sorted by loss, lower is better (as given)",
        "f1: higher is better (by its name); zeta: nothing tells which way is better",
    )
