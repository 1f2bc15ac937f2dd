"""Trees are read by several threads at once, whatever the interpreter makes of it; and walked."""

from __future__ import annotations

import ast
import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import syntax

TEXT = "".join(f"a{number} = [{number}, (b, {{'c': d}})]\n" for number in range(40))


@pytest.fixture
def switching() -> Iterator[None]:
    """Other threads come in within a tree: whenever rubbish is looked for."""

    def give_way(_phase: str, _facts: dict[str, int]) -> None:
        time.sleep(0)

    before = gc.get_threshold()
    gc.callbacks.append(give_way)
    gc.set_threshold(20)
    yield
    gc.set_threshold(*before)
    gc.callbacks.remove(give_way)


@pytest.mark.usefixtures("switching")
def test_threads_do_not_disturb_each_other() -> None:
    problems: list[BaseException] = []

    def read(depth: int) -> None:
        if depth:
            return read(depth - 1)
        try:
            for _ in range(60):
                syntax.parse(TEXT)
        except SystemError as error:
            problems.append(error)

    threads = [threading.Thread(target=read, args=(10 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems


def test_it_is_what_ast_says() -> None:
    assert ast.dump(syntax.parse("a + 1", "eval")) == ast.dump(ast.parse("a + 1", mode="eval"))
    with pytest.raises(SyntaxError):
        syntax.parse("a +")


def test_children_are_those_of_ast_without_marks_for_load_and_store() -> None:
    for path in sorted(Path(syntax.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            expected = [
                one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr_context)
            ]
            assert list(syntax.children(node)) == expected
