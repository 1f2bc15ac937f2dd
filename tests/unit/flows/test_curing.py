"""What a failed run teaches: another environment is tried, kept where it leads on, told always."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sandbox import api
from sandbox.api import Request, Strategy, SweepResult
from sandbox.domain import RunStatus
from sandbox.errors import BuildError, NetworkError
from sandbox.flows.context import Context
from sandbox.flows.environments.lessons import Lessons, load_lessons
from sandbox.flows.requests import Event, Started
from tests.support.commands import write_repository
from tests.support.wheels import make_index, make_wheel

pytestmark = pytest.mark.slow

HUB, NAME = "huggingface-hub", "huggingface_hub"
TRAIN = """\
import huggingface_hub
scale = 3
print('loss:', huggingface_hub.HfFolder * scale)
"""
SAYS_SO_ITSELF = """\
import huggingface_hub
scale = 3
raise AttributeError("module 'huggingface_hub' has no attribute 'HfFolder'")
"""


@pytest.fixture
def context(tmp_path: Path, said: list[str]) -> Context:
    """An index with packages whose newer releases have changed, as real ones of that name have."""
    files = tmp_path / "files"
    wheels = [
        make_wheel(files, HUB, "0.30", modules={"huggingface_hub.py": "HfFolder = 0.1\n"}),
        make_wheel(files, HUB, "1.1", modules={"huggingface_hub.py": ""}),
        make_wheel(files, "transformers", "4.49", modules={"transformers.py": "AdamW = 1\n"}),
        make_wheel(files, "transformers", "4.57", modules={"transformers.py": ""}),
        make_wheel(files, "tabulate", "1.0"),
        make_wheel(files, "needy", "1.0", requires=["huggingface-hub>=1"]),
        make_wheel(files, "flask", "3.1"),
        make_wheel(files, "broken", "1.0", modules={"broken.py": f"from {NAME} import gone\n"}),
    ]
    home = tmp_path / "home"
    home.mkdir()
    index = make_index(tmp_path / "simple", wheels)
    alone = f'index_url = "{index}"\nextra_index_urls = []\nfind_links = []\n'
    (home / "sandbox.toml").write_text(f'engine = "local"\n[indexes]\n{alone}')
    return api.connect(home, environ={}, folder=tmp_path, tell=said.append)


def repository(tmp_path: Path, code: str, **others: str) -> str:
    files = {"train.py": code, **{f"{name}.py": text for name, text in others.items()}}
    return str(write_repository(tmp_path / "repo", files))


def run(context: Context, target: str, events: list[Event] | None = None) -> SweepResult:
    listen = (events if events is not None else []).append
    return api.run(context, Request(target, "train.py"), on_event=listen)


def packages(context: Context, target: str) -> dict[str, str]:
    return dict(api.build(context, target).built.environment.packages)


def begun(events: list[Event]) -> int:
    return sum(isinstance(one, Started) for one in events)


def test_the_baseline_runs_with_the_release_that_its_code_was_written_for(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    target = repository(tmp_path, TRAIN)
    result = api.sweep(context, Request(target, "train.py", {"scale": ("2", "4")}))
    assert [run.status for run in result.runs] == [RunStatus.succeeded] * 3
    assert any("trying huggingface-hub<1" in line for line in said)
    assert any("kept for train.py: huggingface-hub<1" in note for note in result.notes)
    assert packages(context, target) == {HUB: "0.30"}


def test_what_was_learned_holds_from_then_on_and_is_not_learned_twice(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    target = repository(tmp_path, TRAIN)
    events: list[Event] = []
    first = run(context, target, events)
    assert begun(events) == 2
    said.clear()
    events.clear()
    again = run(context, target, events)
    assert begun(events) == 1
    assert again.runs[0].environment == first.runs[0].environment
    assert not any("trying" in line for line in said)
    assert not any("learned" in note for note in again.notes)


def test_what_is_missing_is_told_once(context: Context, tmp_path: Path, said: list[str]) -> None:
    target = repository(tmp_path, TRAIN + "if scale > 5:\n    import nowhere_at_all\n")
    assert run(context, target).runs[0].status is RunStatus.succeeded
    assert any("trying huggingface-hub<1" in line for line in said)
    missing = [line for line in said if " is missing: " in line]
    assert missing
    assert len(missing) == len(set(missing))


def test_failures_come_in_rows(context: Context, tmp_path: Path) -> None:
    code = TRAIN.replace("scale = 3", "import transformers\nscale = transformers.AdamW")
    result = run(context, repository(tmp_path, code))
    assert [one.status for one in result.runs] == [RunStatus.succeeded]
    assert any("train.py: transformers<4.50, huggingface-hub<1;" in note for note in result.notes)


def test_what_does_not_help_is_taken_back_and_never_tried_again(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    target = repository(tmp_path, SAYS_SO_ITSELF)
    before = packages(context, target)
    events: list[Event] = []
    first = run(context, target, events)
    assert begun(events) == 2
    assert first.runs[0].status is RunStatus.failed
    assert any("huggingface-hub<1 does not help" in line for line in said)
    assert not any("learned" in note for note in first.notes)
    assert packages(context, target) == before == {HUB: "1.1"}
    assert "huggingface-hub==1.1" in Path(api.build(context, target).built.lock).read_text()
    events.clear()
    again = run(context, target, events)
    assert begun(events) == 1
    assert again.runs[0].environment == first.runs[0].environment


def test_it_is_the_same_failure_wherever_the_packages_lie(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    """What cannot be imported by name is told with the path of its file, and so of the Store."""
    code = "import huggingface_hub\nexec('from huggingface_hub import Never')\n"
    target = repository(tmp_path, code)
    assert run(context, target).runs[0].status is RunStatus.failed
    assert any("huggingface-hub<1 does not help" in line for line in said)


def test_a_module_of_the_repository_is_not_had_from_an_index(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    code = "name = 'tabu' + 'late'\n__import__(name)\n"
    target = str(
        write_repository(tmp_path / "own", {"train.py": code, "lib/tabulate.py": "", "b.py": ""})
    )
    assert run(context, target).runs[0].status is RunStatus.failed
    assert not any("trying" in line for line in said)


def test_a_module_that_only_the_run_shows_is_had(context: Context, tmp_path: Path) -> None:
    code = "name = 'tabu' + 'late'\n__import__(name)\nprint('loss: 1')\n"
    target = repository(tmp_path, code)
    assert run(context, target).runs[0].status is RunStatus.succeeded
    assert packages(context, target) == {"tabulate": "1.0"}


def test_what_was_learned_is_forgotten_when_told_so(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    target = repository(tmp_path, TRAIN)
    run(context, target)
    refreshed = api.build(context, target, refresh=True)
    assert refreshed.built.environment.packages == {HUB: "1.1"}
    assert "what failed runs had taught is forgotten: train.py (huggingface-hub<1)" in said


def test_nothing_is_learned_beside_a_lock_that_was_given(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    target = repository(tmp_path, TRAIN)
    api.build(context, target, lock=Path(api.build(context, target).built.lock))
    assert run(context, target).runs[0].status is RunStatus.failed
    assert not any("trying" in line for line in said)


def test_other_entries_keep_what_they_have(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    target = repository(tmp_path, TRAIN, other="import huggingface_hub\nprint('loss: 1')\n")
    before = packages(context, target)
    run(context, target)
    other = api.run(context, Request(target, "other.py")).runs[0]
    assert other.status is RunStatus.succeeded
    assert packages(context, target) == before
    told = "train.py is run with what its failures taught, besides: huggingface-hub<1; see: "
    assert any(one.startswith(told) for one in said)


def lessons_of(context: Context, target: str) -> Lessons:
    api.build(context, target)
    return load_lessons(context.home.workspace("repo").lessons, "train.py")


def test_what_cannot_be_had_any_more_is_forgotten_and_the_code_run_without(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    """The repository has changed, or the index."""
    target = repository(tmp_path, TRAIN)
    run(context, target)
    context.home.workspace("repo").environment.unlink()
    said.clear()

    def tell(line: str) -> None:
        said.append(line)
        if said.count("resolving the environment …") == 1 and line.startswith("resolving"):
            raise BuildError("no versions fit together")

    assert run(dataclasses.replace(context, tell=tell), target).runs[0].status == "succeeded"
    words = "what failed runs had taught is forgotten: train.py (huggingface-hub<1): "
    assert f"{words}no versions fit together" in said
    assert any("trying huggingface-hub<1" in line for line in said)  # it is learned anew


def test_nothing_is_kept_that_has_not_been_built(context: Context, tmp_path: Path) -> None:
    """Who stops it in the middle finds all as it was."""
    target = repository(tmp_path, TRAIN)
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        if "trying" in "".join(told) and line.startswith("resolving"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(dataclasses.replace(context, tell=tell), target)
    assert lessons_of(context, target) == Lessons()


def test_what_another_command_learns_meanwhile_is_taken_over(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    target = repository(tmp_path, TRAIN)
    others: list[SweepResult] = []

    def listen(event: Event) -> None:
        if isinstance(event, Started) and not others:
            others.append(run(context, target))

    result = api.run(context, Request(target, "train.py"), on_event=listen)
    assert result.runs[0].status is RunStatus.succeeded
    assert others[0].runs[0].status is RunStatus.succeeded
    assert not any("does not help" in line for line in said)
    assert len(lessons_of(context, target).kept) == 1


def test_what_has_helped_is_not_taken_back_when_the_same_is_raised_again(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    code = (
        "import sys\nimport types\nimport huggingface_hub\n"
        "hub = types.ModuleType('huggingface_hub') if sys.argv[1:] else huggingface_hub\n"
        "print('loss:', hub.HfFolder)\n"
    )
    target = repository(tmp_path, code)
    assert run(context, target).runs[0].status is RunStatus.succeeded
    strange = api.run(context, Request(target, "train.py", arguments=("x",)))
    assert strange.runs[0].status is RunStatus.failed
    assert not any("does not help" in line for line in said)
    assert run(context, target).runs[0].status is RunStatus.succeeded


def test_where_the_index_does_not_answer_the_failure_is_told_and_nothing_refused(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    target = repository(tmp_path, TRAIN)

    def tell(line: str) -> None:
        said.append(line)
        if line.startswith("resolving") and any("trying" in one for one in said):
            raise NetworkError("the package index does not answer")

    away = run(dataclasses.replace(context, tell=tell), target)
    assert away.runs[0].status is RunStatus.failed
    assert said[-1] == "what may help cannot be had now: the package index does not answer"
    assert run(context, target).runs[0].status is RunStatus.succeeded


def test_a_sweep_that_keeps_going_is_not_run_again(context: Context, tmp_path: Path) -> None:
    target = repository(tmp_path, TRAIN)
    events: list[Event] = []
    going = Request(target, "train.py", {"scale": ("2", "4")}, strategy=Strategy(keep_going=True))
    api.sweep(context, going, on_event=events.append)
    assert begun(events) == 3


@pytest.mark.parametrize("code", ["import needy\n" + TRAIN, "import flask\nflask.Markup\n"])
def test_what_cannot_be_had_is_left(
    context: Context, tmp_path: Path, said: list[str], code: str
) -> None:
    target = repository(tmp_path, code)
    before = packages(context, target)
    assert before in ({HUB: "1.1", "needy": "1.0"}, {"flask": "3.1"})
    assert run(context, target).runs[0].status is RunStatus.failed
    assert any("<1 does not help" in line or "flask<3 does not help" in line for line in said)
    assert packages(context, target) == before


def test_what_was_tried_for_an_import_is_not_tried_for_the_run(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    target = repository(tmp_path, "import broken\n")
    events: list[Event] = []
    assert run(context, target, events).runs[0].status is RunStatus.failed
    assert begun(events) == 1
    tries = [line for line in said if "; trying" in line]
    assert len(tries) == len(set(tries))
    assert all(line.startswith("broken: ") for line in tries)
