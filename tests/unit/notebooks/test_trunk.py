"""What is shared is run once and shown to all; on Executions that count what they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.domain import EntryKind, RunStatus
from sandbox.interfaces import (
    BranchRefused,
    CellDone,
    CellEvent,
    Execution,
    ExecutionEnded,
    Outcome,
    Output,
    Work,
)
from sandbox.notebooks import Course, Trunk, alone, plant

WORK = Work("t", lambda: iter([]), EntryKind.notebook, "a.ipynb")


class Tracks:
    """Executions whose cells are letters: `!` raises, `+` ends the process, `~` cannot be copied.

    Attributes:
        ran: every cell that was run, by all of them.
        live: how many have begun and are not finished.
    """

    def __init__(self) -> None:
        self.ran = ""
        self.live = 0
        self.begun = 0
        self.made: list[Track] = []

    def begin(self, _work: Work) -> Execution:
        self.begun += 1
        return Track(self, "")


class Track(Execution):
    def __init__(self, tracks: Tracks, history: str) -> None:
        self.tracks, self.history = tracks, history
        self.gone = False
        tracks.live += 1
        tracks.made.append(self)

    def run_cell(self, index: int, source: str) -> Iterator[CellEvent]:
        self.tracks.ran += source
        self.history += source
        if source == "+":
            self.gone = True
            raise ExecutionEnded
        yield Output({"output_type": "stream", "name": "stdout", "text": self.history})
        yield CellDone("error" if source == "!" else "ok")

    def interrupt(self) -> None: ...

    def branch(self) -> Execution:
        if "~" in self.history or self.gone:
            raise BranchRefused("a thread")
        return Track(self.tracks, self.history)

    def finish(
        self,
        files_to: Path | None = None,
        *,
        on_event: Callable[[CellEvent], None] | None = None,
    ) -> Outcome:
        self.tracks.live -= 1
        status = RunStatus.failed if self.history[-1:] in {"!", "+"} else RunStatus.succeeded
        return Outcome(status, cause=self.history)


@pytest.fixture
def tracks() -> Tracks:
    return Tracks()


@pytest.fixture
def trunk(tracks: Tracks) -> Iterator[Trunk]:
    trunk = Trunk(tracks.begin)
    yield trunk
    trunk.clear()
    assert tracks.live == 0


def run(trunk: Trunk, course: Course) -> tuple[str, Outcome]:
    """What was shown, and how it ended; stops at an error as papermill does."""
    execution = trunk.start(WORK, course)
    shown = ""
    with suppress(ExecutionEnded):
        for index, cell in enumerate(course.cells):
            events = list(execution.run_cell(index, cell))
            shown = "".join(str(one.output["text"]) for one in events if isinstance(one, Output))
            if events[-1] != CellDone("ok"):
                break
    return shown, execution.finish()


def run_all(trunk: Trunk, *texts: str) -> list[tuple[str, Outcome]]:
    return [run(trunk, course) for course in plant([Course("", tuple(t)) for t in texts]).courses]


def test_each_sees_its_own_course_and_what_is_common_runs_once(
    trunk: Trunk, tracks: Tracks
) -> None:
    done = run_all(trunk, "abcx", "abcy", "abdz", "abdw")
    assert [shown for shown, _ in done] == ["abcx", "abcy", "abdz", "abdw"]
    assert tracks.ran == "abcxydzw"
    assert [outcome.shared_cells for _, outcome in done] == [0, 3, 2, 3]
    assert tracks.begun == 1


def test_variants_that_part_at_their_first_cell_share_the_start(
    trunk: Trunk, tracks: Tracks
) -> None:
    assert [shown for shown, _ in run_all(trunk, "x", "y", "z")] == ["x", "y", "z"]
    assert tracks.begun == 1


def test_where_no_copy_can_be_made_each_runs_from_its_start_and_says_why(
    trunk: Trunk, tracks: Tracks
) -> None:
    done = run_all(trunk, "~x", "~y")
    assert [shown for shown, _ in done] == ["~x", "~y"]
    assert tracks.ran == "~x~y"
    assert done[1][1].notes == ("its first 1 cells are not shared with other variants: a thread",)


def test_what_could_be_copied_before_is_used_when_a_later_place_cannot(
    trunk: Trunk, tracks: Tracks
) -> None:
    assert [shown for shown, _ in run_all(trunk, "a~x", "a~y", "abz")] == ["a~x", "a~y", "abz"]
    assert tracks.ran == "a~x~ybz"


def test_an_error_in_what_is_shared_is_told_to_all_and_not_repeated(
    trunk: Trunk, tracks: Tracks
) -> None:
    done = run_all(trunk, "a!x", "a!y", "a!z", "abc")
    assert [shown for shown, _ in done] == ["a!", "a!", "a!", "abc"]
    assert [outcome.status for _, outcome in done][:3] == [RunStatus.failed] * 3
    assert tracks.ran == "a!bc"
    assert "was not run again" in done[1][1].notes[0]
    assert done[2][1].shared_cells == 2


def test_a_prefix_that_dies_is_run_once_more_and_then_given_up(
    trunk: Trunk, tracks: Tracks
) -> None:
    done = run_all(trunk, "a+x", "a+y", "a+z", "a+w")
    assert all(outcome.status is RunStatus.failed for _, outcome in done)
    assert tracks.ran == "a+a+"


def test_a_leaf_that_fails_is_nobody_elses_end(trunk: Trunk, tracks: Tracks) -> None:
    done = run_all(trunk, "a!", "ab", "a+", "ac")
    assert [shown for shown, _ in done] == ["a!", "ab", "a", "ac"]
    assert tracks.ran == "a!b+c"


def test_one_that_ends_where_others_go_on_is_no_end_for_them(trunk: Trunk, tracks: Tracks) -> None:
    assert [shown for shown, _ in run_all(trunk, "ab", "abc", "abd")] == ["ab", "abc", "abd"]


def test_a_held_process_that_is_gone_is_replaced(trunk: Trunk, tracks: Tracks) -> None:
    first, second = plant([Course("", ("a", "x")), Course("", ("a", "y"))]).courses
    run(trunk, first)
    tracks.made[0].gone = True
    assert run(trunk, second)[0] == "ay"
    assert tracks.begun == 2


def test_a_variant_alone_shares_nothing(trunk: Trunk, tracks: Tracks) -> None:
    one = plant([Course("", ("a", "x")), Course("", ("a", "y"))]).courses[0]
    assert run(trunk, alone(one))[0] == "ax"
    assert tracks.live == 0


def test_a_variant_can_be_ended_in_cells_of_its_own(tracks: Tracks, trunk: Trunk) -> None:
    first, second = plant([Course("r", tuple("abc")), Course("r", tuple("abd"))]).courses
    one = trunk.start(WORK, first)
    for index, cell in enumerate("ab"):
        list(one.run_cell(index, cell))
    events = one.run_cell(2, "c")
    next(events)
    one.end("others did better")
    with pytest.raises(ExecutionEnded, match="others did better"):
        next(events)
    one.finish()
    assert one.ended == "others did better"
    other = trunk.start(WORK, second)
    assert [len(list(other.run_cell(index, cell))) for index, cell in enumerate("abd")] == [2, 2, 2]
    other.finish()
    assert tracks.ran == "abcd"


def test_what_is_run_for_others_too_is_not_ended(tracks: Tracks, trunk: Trunk) -> None:
    first, _ = plant([Course("r", tuple("ab")), Course("r", tuple("ac"))]).courses
    one = trunk.start(WORK, first)
    events = one.run_cell(0, "a")
    next(events)
    one.end("others did better")
    assert isinstance(next(events), CellDone)
    assert one.ended is None
    list(one.run_cell(1, "b"))
    one.finish()
    assert tracks.ran == "ab"
