"""What is said of many runs is said once."""

from __future__ import annotations

from sandbox.domain import Run, RunStatus
from sandbox.flows.sweeps.noting import common_notes


def run(*notes: str) -> Run:
    return Run("v", "v", RunStatus.succeeded, "a.ipynb", "e", "c", notes=notes)


def test_a_note_of_several_runs_is_told_once_with_their_number() -> None:
    runs = [run("alone", "often"), run("often", "often"), run()]
    assert common_notes(runs) == ("2 of 3 runs: often", "v: alone, see: sandbox ui")


def test_notes_of_single_runs_are_counted_and_the_first_is_told() -> None:
    runs = [run("one"), run("two", "three"), run()]
    assert common_notes(runs) == ("v: one; 2 runs have notes of their own, see: sandbox ui",)
    assert common_notes([run("one")]) == ()
