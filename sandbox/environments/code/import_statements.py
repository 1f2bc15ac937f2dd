"""Import statements of a syntax tree, or of text that has none, and whether they may fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sandbox.environments.code.names import is_standard

# Parts of Python's own library that older versions do not have: there the other one is needed.
_NEWER = {"tomllib", "zoneinfo", "graphlib", "importlib", "importlib.metadata", "typing"}
_LEAVES = {"exit", "quit", "_exit", "abort"}
_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError"}
_MISSING = {*_IMPORT_ERRORS, "Exception", "BaseException"}
_SYSTEMS = frozenset({"sys.platform", "platform.system", "os.name", "platform.machine"})
_OTHER_DEVICE = re.compile(r"(?:use_|is_|on_)?(?:hpu|mlu|npu|tpu|xla|xpu)")
_IS_THERE = re.compile(r"\w+_(?i:available|installed)|is_\w+_enabled|_?HAS_\w+|find_spec")
_LOADERS = {"import_module", "__import__"}
_PARTS = (ast.stmt, ast.excepthandler, ast.match_case)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BRANCHES = (ast.If, ast.Match, ast.ExceptHandler)
_MAKER = "__init__"
_LARGE = 200_000  # characters of what is no Python 3 that are looked at
_FROM = re.compile(r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+\(?([\w, \t*]+)", re.MULTILINE)
_IMPORT = re.compile(
    r"^[ \t]*import[ \t]+([\w.]+(?:[ \t]+as[ \t]+\w+)?(?:,[ \t]*[\w. \t]+)*)", re.MULTILINE
)


@dataclass(frozen=True)
class Import:
    """One import statement's target.

    Attributes:
        module: dotted; for `from a import b` also tried as `a.b`.
        level: leading dots of a relative import.
        optional: the code goes on without it.
        deferred: in a function that need not run, or in a branch of one.
        guarded: the code catches that it is missing, and gives up with words of its own.
    """

    module: str
    names: tuple[str, ...] = ()
    level: int = 0
    optional: bool = False
    deferred: bool = False
    guarded: bool = False

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


def find_imports(
    tree: ast.AST, *, optional: bool = False, flags: frozenset[str] = frozenset()
) -> Iterator[Import]:
    """Imports wherever they stand, those inside of functions too; not under `if TYPE_CHECKING`.

    Args:
        flags: names that stand for what a version is compared with.
    """
    flags |= _version_flags(tree)
    for node in (child for child in ast.iter_child_nodes(tree) if isinstance(child, _PARTS)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, optional=optional) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node.module or "", names, node.level, optional)
        elif isinstance(node, (ast.Try, ast.TryStar)):
            yield from _in_try(node, optional=optional)
        elif isinstance(node, ast.If) and _asks_whether_there(node.test):
            yield from _in_branches(node, optional=optional)
            optional = optional or (isinstance(tree, _FUNCTIONS) and _leaves_without(node))
        elif not _is_for_type_checkers(node):
            yield from _loaded(node, optional=optional)
            alone = optional or _asks_for_system(node)
            inner = find_imports(node, optional=alone, flags=flags)
            yield from _of_some_version(inner) if _asks_for_version(node, flags) else inner


def find_deferred(tree: ast.Module) -> frozenset[str]:
    """Modules that are imported in functions that need not run, and nowhere else.

    A function runs where the file itself calls it by name, or hands it to what it calls, outside of
    functions or in one that runs; a branch of one need not, whoever calls.
    """
    running = _running(tree)
    certain: set[str] = set()
    deferred: set[str] = set()
    _sort_out(tree, running, certain, deferred, within=None)
    return frozenset(deferred - certain)


def bound_elsewhere(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that imports give to something else than the module called so, and what that is.

    `from google.cloud import aiplatform`, `import tensorflow as tf`: no module has that name by it.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname and alias.asname != alias.name:
                    yield alias.asname, alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                name = alias.asname or alias.name
                if name not in {"*", node.module.partition(".")[0]}:
                    yield name, f"{node.module}.{alias.name}"


def _running(tree: ast.Module) -> frozenset[str]:
    """Names of functions and classes that are called in any case, as far as it can be told."""
    bodies: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS):
            bodies.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.ClassDef):
            made = (one for one in node.body if isinstance(one, _FUNCTIONS))
            bodies.setdefault(node.name, []).extend(one for one in made if one.name == _MAKER)
    waiting = list(_called_at_once(tree))
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            for body in bodies.get(name, ()):
                waiting += _called_at_once(body, without=_BRANCHES)
    return frozenset(found)


def _called_at_once(node: ast.AST, without: tuple[type[ast.AST], ...] = ()) -> Iterator[str]:
    """Names of what is called, or handed to it, outside of any function within the node."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            calls = (one for one in ast.walk(child) if isinstance(one, ast.Call))
            for call in calls:
                given = (*call.args, *(word.value for word in call.keywords))
                yield from (_name(one) for one in (call.func, *given))
        elif isinstance(child, _PARTS) and not isinstance(child, (*_FUNCTIONS, *without)):
            yield from _called_at_once(child, without)


def _sort_out(
    node: ast.AST,
    running: frozenset[str],
    certain: set[str],
    deferred: set[str],
    *,
    within: bool | None,
) -> None:
    """`within`: whether the function around runs in any case; None = there is none."""
    for child in (one for one in ast.iter_child_nodes(node) if isinstance(one, _PARTS)):
        inner = within
        if isinstance(child, _FUNCTIONS):
            is_made = isinstance(node, ast.ClassDef) and child.name == _MAKER
            called = getattr(node, "name", "") if is_made else child.name
            inner = within is not False and called in running
        elif isinstance(child, _BRANCHES) and within is not None:
            inner = False
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            (deferred if within is False else certain).update(_modules_of(child))
        _sort_out(child, running, certain, deferred, within=inner)


def _modules_of(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names]


def guess_imports(text: str) -> Iterator[Import]:
    """From lines that look like imports, for what is not Python 3."""
    text = text[:_LARGE]
    for match in _FROM.finditer(text):
        names = tuple(part.split()[0] for part in match[3].split(",") if part.strip())
        yield Import(match[2], names, len(match[1]))
    for match in _IMPORT.finditer(text):
        for part in match[1].split(","):
            if part.strip():
                yield Import(part.split()[0].strip("."))


def _loaded(node: ast.AST, *, optional: bool) -> Iterator[Import]:
    """`importlib.import_module("x")` and `__import__("x")` in one statement's own expressions."""
    parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    for call in (inner for part in parts for inner in ast.walk(part)):
        if isinstance(call, ast.Call) and _name(call.func) in _LOADERS and call.args:
            given = call.args[0]
            text = given.value if isinstance(given, ast.Constant) else None
            if isinstance(text, str) and re.fullmatch(r"[A-Za-z_][\w.]*", text):
                yield Import(text, optional=optional)


def _name(func: ast.expr) -> str:
    return str(getattr(func, "attr", getattr(func, "id", "")))


def _is_for_type_checkers(node: ast.AST) -> bool:
    test = node.test if isinstance(node, ast.If) else None
    return "TYPE_CHECKING" in {getattr(test, "id", None), getattr(test, "attr", None)}


def _asks_for_system(node: ast.AST) -> bool:
    """`if sys.platform == "win32":` and the like."""
    return not _SYSTEMS.isdisjoint(_dotted_names(node))


def _version_flags(tree: ast.AST) -> frozenset[str]:
    """`OLD = torchvision.__version__ < "0.7"`: names that a body gives to such a comparison."""
    compared = (
        (node.targets, node.value)
        for node in ast.iter_child_nodes(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Compare)
    )
    return frozenset(
        target.id
        for targets, value in compared
        if any(_tells_version(part) for part in ast.walk(value))
        for target in targets
        if isinstance(target, ast.Name)
    )


def _tells_version(node: ast.AST) -> bool:
    """Of a name or attribute: whether it has that word in it."""
    return isinstance(node, ast.expr) and "version" in _name(node).lower()


def _asks_for_version(node: ast.AST, flags: frozenset[str]) -> bool:
    """`if torch.__version__ < "1.8":` and the like."""
    dotted = _dotted_names(node)
    names = (part for name in dotted for part in name.split("."))
    return not flags.isdisjoint(dotted) or any("version" in name.lower() for name in names)


def _dotted_names(node: ast.AST) -> frozenset[str]:
    """Names and attributes in an `if`'s test, none for any other statement."""
    test = node.test if isinstance(node, ast.If) else None
    parts = list(ast.walk(test)) if test else []
    return frozenset(
        ast.unparse(part) for part in parts if isinstance(part, (ast.Name, ast.Attribute))
    )


def _of_some_version(imports: Iterator[Import]) -> Iterator[Import]:
    """Where a version decides, the package is needed, but not each name in either branch."""
    for one in imports:
        yield replace(one, optional=True)
        if not one.optional and not one.level and not is_standard(one.module):
            yield Import(one.top)


def _asks_whether_there(test: ast.expr) -> bool:
    """`if is_apex_available():`, `if HAS_APEX:`, `if find_spec("apex"):`, `if device == "hpu":`.

    Only of devices that no machine of ours has: not `torch.cuda.is_available()`.
    """
    parts = [part for part in ast.walk(test) if isinstance(part, ast.expr)]
    names = [_name(part) for part in parts]
    names += [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    there = any(_IS_THERE.fullmatch(name) and name != "is_available" for name in names)
    return there or any(map(_OTHER_DEVICE.fullmatch, names))


def _leaves_without(node: ast.If) -> bool:
    """`if not is_ipex_available(): raise …`: what follows is only for where it is there."""
    is_not = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
    return is_not and not node.orelse and isinstance(node.body[-1], (ast.Raise, ast.Return))


def _in_branches(node: ast.If, *, optional: bool) -> Iterator[Import]:
    """What is imported where something is there is not needed; what stands in for it is."""
    negated = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
    is_not = negated or any(isinstance(one, (ast.NotEq, ast.Is)) for one in ast.walk(node.test))
    for part, goes_without in ((node.body, not is_not), (node.orelse, is_not)):
        module = ast.Module(body=part, type_ignores=[])
        yield from find_imports(module, optional=optional or goes_without)


def _in_try(node: ast.Try | ast.TryStar, *, optional: bool) -> Iterator[Import]:
    """The body may fail where an ImportError is caught and the code goes on."""
    caught = [handler for handler in node.handlers if _catches_missing(handler)]
    goes_on = bool(caught) and not any(map(_gives_up, caught))
    body = list(find_imports(ast.Module(body=node.body, type_ignores=[]), optional=optional))
    other = [one for handler in node.handlers for one in find_imports(handler, optional=True)]
    told = any(map(_tells_of_missing, caught))
    given_up = (replace(one, guarded=one.guarded or told) for one in body)
    yield from _first_choice(body, other) if goes_on else given_up
    yield from other if goes_on else (replace(one, optional=optional) for one in other)
    rest = ast.Module(body=[*node.orelse, *node.finalbody], type_ignores=[])
    yield from find_imports(rest, optional=optional)


def _first_choice(body: list[Import], other: list[Import]) -> Iterator[Import]:
    """`try: import a` / `except ImportError: import b`: one of the two is needed, so the first.

    Where both are of one package (an API that moved) that package is needed, neither place is. In
    place of what newer Pythons have the other one is needed, for ours may be older.
    """
    foreign = [one for one in other if not one.level and not is_standard(one.module)]
    tops = {one.top for one in foreign}
    if any(one.module in _NEWER for one in body):
        yield from (replace(one, optional=False) for one in foreign)
        foreign = []
    for one in body:
        needed = bool(foreign) and not one.optional
        yield replace(one, optional=not needed or one.top in tops)
        if needed and one.top in tops:
            yield Import(one.top)


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(
        isinstance(name, ast.Name) and name.id in _MISSING for name in ast.walk(handler.type)
    )


def _tells_of_missing(handler: ast.ExceptHandler) -> bool:
    """It is for that and not for whatever goes wrong, and does more than to raise it again."""
    named = {getattr(node, "id", "") for node in ast.walk(handler.type)} if handler.type else set()
    first = handler.body[0]
    return not named.isdisjoint(_IMPORT_ERRORS) and not (
        isinstance(first, ast.Raise) and first.exc is None
    )


def _gives_up(handler: ast.ExceptHandler) -> bool:
    names = [getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(handler)]
    return any(isinstance(n, ast.Raise) for n in ast.walk(handler)) or bool(_LEAVES & set(names))
