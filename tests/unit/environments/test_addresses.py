"""What an address of a git repository names, and what is none."""

from __future__ import annotations

import pytest

from sandbox.environments.addresses import GitAddress, read_clone_address, read_git_address

TOOL = "https://github.com/ada/tool"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"git+{TOOL}", GitAddress("tool", TOOL)),
        (f"git+{TOOL}.git", GitAddress("tool", f"{TOOL}.git")),
        (f"git+{TOOL}@v1.0", GitAddress("tool", TOOL, "v1.0")),
        (f"git+{TOOL}@feature/x-1", GitAddress("tool", TOOL, "feature/x-1")),
        (f"git+{TOOL}#egg=My_Tool", GitAddress("my-tool", TOOL, named=True)),
        (f"git+{TOOL}#egg=tool[all]", GitAddress("tool", TOOL, named=True)),
        (
            f"git+{TOOL}@v1#subdirectory=python/pkg&egg=pkg",
            GitAddress("pkg", TOOL, "v1", "python/pkg", named=True),
        ),
        ("git+ssh://git@github.com/ada/tool", GitAddress("tool", TOOL)),
        ("git+git://github.com/ada/tool", GitAddress("tool", TOOL)),
        ("git://github.com/ada/tool#egg=saw", GitAddress("saw", TOOL, named=True)),
        ("git+https://ada:secret@github.com/ada/tool", GitAddress("tool", TOOL)),
        ("git+ssh://git@github.com:ada/tool", GitAddress("tool", TOOL)),
        ("git+git@github.com:ada/tool@v1", GitAddress("tool", TOOL, "v1")),
        ("git@github.com:ada/tool", GitAddress("tool", TOOL)),
        (f"{TOOL}/archive/main.zip", GitAddress("tool", TOOL, "main")),
        (f"{TOOL}/archive/refs/tags/v1.0.tar.gz", GitAddress("tool", TOOL, "v1.0")),
        (f"{TOOL}/zipball/feature/x", GitAddress("tool", TOOL, "feature/x")),
        (f"{TOOL}/archive/v1.zip#egg=Other", GitAddress("other", TOOL, "v1", named=True)),
        (
            "https://gitlab.com/ada/group/tool/-/archive/v1/tool-v1.tar.gz",
            GitAddress("tool", "https://gitlab.com/ada/group/tool", "v1"),
        ),
        (
            "https://gitlab.com/ada/tool/-/archive/fix/x/tool-fix-x.zip",
            GitAddress("tool", "https://gitlab.com/ada/tool", "fix/x"),
        ),
    ],
)
def test_its_parts_are_read_without_credentials(text: str, expected: GitAddress) -> None:
    assert read_git_address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/ada/tool",
        "git+http://github.com/ada/tool",
        "https://example.org/ada/tool/archive/main.zip",
        "https://github.com/ada/tool/releases/download/v1/tool-1.tar.gz",
        "https://github.com/ada/tool/raw/main/archive/data.tar.gz",
        "https://github.com/ada/tool/archive/--upload-pack=x.zip",
        "https://ada:secret@github.com/ada/tool/archive/main.zip",
        "git+file:///etc/passwd",
        "git+ext::sh -c id",
        "git+https://github.com/ada",
        "git+https://github.com/ada/../tool",
        "git+https://github.com/ada/tool@--upload-pack=x",
        "git+https://github.com/ada/tool@a/../b",
        "git+https://github.com/ada/tool#subdirectory=../../etc",
        "git+https://github.com/ada/tool#subdirectory=$HOME",
        "git+https://github.com/ada/to ol",
        "git+https://github.com/ada/tool\n--index-url=x",
    ],
)
def test_what_is_more_than_a_name_is_none(text: str) -> None:
    assert read_git_address(text) is None


@pytest.mark.parametrize("place", [TOOL, "https://gitlab.com/ada"])
def test_an_address_as_long_as_a_file_is_read_as_well(place: str) -> None:
    """For hours, were every way tried in which it may be cut into parts."""
    assert read_git_address(f"{place}{'/archive/refs/heads' * 20_000}?") is None


def test_as_a_requirement_it_says_the_same_again() -> None:
    address = read_git_address(f"git+{TOOL}@v1#subdirectory=a/b", "Pkg")
    assert address is not None
    assert address.requirement == f"pkg @ git+{TOOL}@v1#subdirectory=a/b"
    assert read_git_address(address.address, "pkg") == address


def test_where_it_is_wanted_is_part_of_the_requirement() -> None:
    address = read_git_address(f"git+{TOOL}", "tool", 'python_version < "3.8"')
    assert address is not None
    assert address.requirement == f'tool @ git+{TOOL} ; python_version < "3.8"'


def test_what_people_are_told_to_clone() -> None:
    assert read_clone_address(f"{TOOL}.git") == GitAddress("tool", f"{TOOL}.git")
    assert read_clone_address("git@github.com:ada/tool.git") is None
