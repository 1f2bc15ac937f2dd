"""The law of `interfaces.Workbench`, for every implementation."""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from sandbox.interfaces import Engine, Step, Workbench


class Bench:
    """A workbench and the base its steps run on."""

    def __init__(self, workbench: Workbench, base: str) -> None:
        self.workbench, self.base = workbench, base

    def sh(self, script: str, *arguments: str, **options: object) -> tuple[int, str]:
        command = ("sh", "-c", script, "sh", *arguments)
        done = self.workbench.run(Step(self.base, command, **options))  # type: ignore[arg-type]
        return done.exit_code, done.output


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest, engine: Engine) -> Bench:
    """The local one knows one base only; the docker one is given ours."""
    base = "host" if engine.name == "local" else request.getfixturevalue("base_image")
    return Bench(engine.workbench(), base)


def test_a_commands_end_and_both_its_streams_are_told(bench: Bench) -> None:
    code, output = bench.sh("echo out; echo err >&2; exit 3")
    assert code == 3
    assert sorted(output.split()) == ["err", "out"]


def test_a_command_reads_what_it_is_given_then_end_of_file(bench: Bench) -> None:
    pieces = (b"x" * 65536 for _ in range(64))
    assert bench.sh("wc -c", stdin=pieces)[1].strip() == str(64 * 65536)
    assert bench.sh("wc -c")[1].strip() == "0"


def test_a_command_that_was_begun_ends_when_it_is_asked_to(bench: Bench) -> None:
    step = Step(bench.base, ("cat",), stdin=(b"one ", b"two"))
    with bench.workbench.begin(step) as finish:
        assert bench.sh("echo three") == (0, "three\n")
        assert finish().output == "one two\n"


def test_a_command_whose_input_cannot_be_read_to_its_end_does_not_wait_for_it(bench: Bench) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one "
        raise FileNotFoundError

    assert bench.sh("cat", stdin=pieces(), timeout_s=30) == (0, "one \n")


def test_a_command_that_does_not_read_its_input_is_no_problem(bench: Bench) -> None:
    endless = itertools.repeat(b"x" * 65536, 1000)
    assert bench.sh("exit 0", stdin=endless)[0] == 0


def test_lines_come_as_they_are_written_and_whole(bench: Bench) -> None:
    lines: list[str] = []
    bench.sh("printf 'a b\\nc\\rd\\r\\ne'; printf '\\303'; printf '\\244'", on_line=lines.append)
    assert lines == ["a b", "c", "d", "eä"]


def test_output_keeps_its_last_64_kib(bench: Bench) -> None:
    code, output = bench.sh("seq 100000; echo last")
    assert code == 0
    assert len(output) <= 64 * 1024
    assert output.endswith("100000\nlast\n")


def test_time_is_limited_and_children_end_with_their_parent(bench: Bench) -> None:
    started = time.monotonic()
    step = Step(bench.base, ("sh", "-c", "sleep 60 & sleep 60"), timeout_s=1)
    done = bench.workbench.run(step)
    assert done.timed_out
    assert time.monotonic() - started < 50


def test_the_store_keeps_what_a_step_wrote(bench: Bench) -> None:
    store = bench.workbench.store
    bench.sh("echo kept > $1/file", store, store_writable=True)
    assert bench.sh("cat $1/file", store) == (0, "kept\n")


def test_tmp_is_writable_and_nothing_stays_there(bench: Bench) -> None:
    script = "ls -A $(dirname $(mktemp)) | wc -l; mktemp -d"
    first, second = (bench.sh(script)[1].split("\n")[0] for _ in range(2))
    assert first == second == "1"


def test_a_steps_variables_reach_it_and_the_hosts_do_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "canary")
    output = bench.sh("env", environment={"MINE": "1"})[1]
    assert "MINE=1" in output
    assert "canary" not in output


def test_a_key_that_was_never_added_has_no_base_but_this_machine(bench: Bench) -> None:
    assert bench.workbench.find_base("no-such-key") in {None, "host"}


def test_two_workbenches_of_one_store_have_one_identity(engine: Engine) -> None:
    first, second = engine.workbench(), engine.workbench()
    assert first.identity == second.identity != ""


def test_data_comes_apart_from_the_lines_and_is_not_kept(bench: Bench) -> None:
    data, lines = bytearray(), list[str]()
    script = "printf 'a\\r\\n\\000\\377'; echo talk >&2; echo more >&2; exit 3"
    code, output = bench.sh(script, on_data=data.extend, on_line=lines.append)
    assert (code, output) == (3, "talk\nmore\n")
    assert bytes(data) == b"a\r\n\0\xff"
    assert lines == ["talk", "more"]


def test_data_of_any_size_arrives_whole(bench: Bench) -> None:
    sums = hashlib.sha256()
    script = "echo begun >&2; head -c 50000000 /dev/zero; echo ended >&2"
    assert bench.sh(script, on_data=sums.update) == (0, "begun\nended\n")
    assert sums.hexdigest() == hashlib.sha256(bytes(50_000_000)).hexdigest()


def test_a_taker_of_data_that_raises_ends_the_command(bench: Bench) -> None:
    """A command that would go on for ever is gone, and nobody waits for it."""
    taken: list[int] = []

    def take(data: bytes) -> None:
        taken.append(len(data))
        if sum(taken) > 2**20:
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        bench.sh("cat /dev/zero", on_data=take)
    assert sum(taken) < 2**21


def test_a_command_waits_while_its_data_is_not_taken(bench: Bench) -> None:
    """Nothing piles up on the host: the writer stands still until the taker is ready."""
    written: list[str] = []
    ready = threading.Event()

    def take(_data: bytes) -> None:
        ready.wait(2)

    def told(line: str) -> None:
        written.append(line)

    script = "head -c 200000000 /dev/zero; echo written >&2"
    step = Step(bench.base, ("sh", "-c", script), on_data=take, on_line=told)
    thread = threading.Thread(target=bench.workbench.run, args=(step,))
    thread.start()
    thread.join(1)
    waited = not written
    ready.set()
    thread.join()
    assert waited
    assert written == ["written"]
