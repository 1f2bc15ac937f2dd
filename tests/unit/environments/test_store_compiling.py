"""Which sources of an environment get bytecode."""

from __future__ import annotations

from pathlib import Path

from sandbox.environments.store.inside.compiling import compile_all, target_of, uncompiled


def test_all_sources_get_bytecode_once_but_for_tests(tmp_path: Path) -> None:
    for name in ("a.py", "pkg/b.py", "pkg/tests/test_b.py", "pkg/testing/c.py", "pkg/data.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    found = {str(Path(path).relative_to(tmp_path)) for path in uncompiled(str(tmp_path))}
    assert found == {"a.py", "pkg/b.py", "pkg/testing/c.py"}
    made = compile_all(sorted(uncompiled(str(tmp_path))))
    assert all(Path(target_of(path)).is_file() for path in made)
    assert list(uncompiled(str(tmp_path))) == []
