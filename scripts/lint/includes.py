"""Module dependencies: every include is declared, every declaration is used, all of them point down, none in a circle.

A module is a folder whose CMakeLists.txt calls iflow_module(name DEPENDS …); bare names in DEPENDS are modules. A folder of
src/ that builds a program by hand counts too: its dependencies are the iflow_… targets it names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import tree
from tree import Finding

# Lowest first, by module or by the folder at its top. A module may depend on modules of its own layer (without a circle)
# and of any layer below. `cost` is low because wire formats are read into its usage vector.
LAYERS: list[set[str]] = [
    {"base"},
    {"json", "cost", "turn", "statistics", "files"},
    {"wire", "net", "dialogue"},
    {"escalation", "learning"},
    {"http", "codecs"},
    {"config", "telemetry", "cache", "vectors", "semantic", "quality", "prompt_cache", "store", "batches", "routing", "engine"}
    | {"resilience"},
    {"providers", "dispatch", "embedding"},
    {"pipeline"},
    {"api", "replay"},
    {"app"},
]

_MODULE = re.compile(r"iflow_module\(\s*([\w]+)([^)]*)\)", re.DOTALL)
_PROGRAM = re.compile(r"add_executable\(\s*\w+")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)


@dataclass
class Module:
    name: str
    folder: str
    cmake: str
    line: int
    depends: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def modules_of(root: Path, paths: list[Path]) -> dict[str, Module]:
    """By folder, e.g. {"wire/openai": Module("wire_openai", …)}."""
    found = {}
    source_root = root / "src"
    for path in paths:
        if path.name != "CMakeLists.txt" or source_root not in path.parents:
            continue
        text = re.sub(r"#[^\n]*", lambda m: " " * len(m.group(0)), tree.read(path))
        match = _MODULE.search(text)
        folder = str(path.parent.relative_to(source_root))
        if match is None:
            program = _PROGRAM.search(text)
            if program is not None:
                found[folder] = program_of(root, path, text, program.start())
            continue
        module = Module(match.group(1), folder, str(path.relative_to(root)), line_of(text, match.start()))
        _, keyword, list_text = match.group(2).partition("DEPENDS")
        start = match.start(2) + len(match.group(2)) - len(list_text)
        for word in re.finditer(r"\S+", list_text if keyword else ""):
            if "::" not in word.group(0) and "/" not in word.group(0):
                module.depends[word.group(0)] = line_of(text, start + word.start())
        found[folder] = module
    return found


def program_of(root: Path, path: Path, text: str, start: int) -> Module:
    module = Module(path.parent.name, str(path.parent.relative_to(root / "src")), str(path.relative_to(root)), line_of(text, start))
    for word in re.finditer(r"\biflow_(\w+)", text):
        module.depends[word.group(1)] = line_of(text, word.start())
    return module


def owner(modules: dict[str, Module], name: str) -> Module | None:
    """The module of the innermost folder that holds `name`, a path below src/."""
    parts = Path(name).parts[:-1]
    for length in range(len(parts), 0, -1):
        module = modules.get("/".join(parts[:length]))
        if module is not None:
            return module
    return None


def layer(module: Module) -> int | None:
    top = Path(module.folder).parts[0]
    return next((rank for rank, names in enumerate(LAYERS) if top in names), None)


def check_includes(root: Path, paths: list[Path], modules: dict[str, Module]) -> list[Finding]:
    findings = []
    for path in paths:
        if path.suffix not in tree.CPP_SUFFIXES or root / "src" not in path.parents:
            continue
        name = str(path.relative_to(root))
        module = owner(modules, str(path.relative_to(root / "src")))
        if module is None:
            findings.append(Finding(name, 1, "belongs to no module; give its folder a CMakeLists.txt with iflow_module()"))
            continue
        text = tree.read(path)
        for match in _INCLUDE.finditer(text):
            included = match.group(1)
            line = line_of(text, match.start())
            if ".." in Path(included).parts or "/" not in included and (path.parent / included).exists():
                findings.append(Finding(name, line, f'"{included}" is relative; root it at src/'))
                continue
            target = owner(modules, included)
            if target is None or target is module:
                continue
            module.used.add(target.name)
            if target.name not in module.depends:
                message = f'includes "{included}"; add {target.name} to DEPENDS in {module.cmake} or do without it'
                findings.append(Finding(name, line, message))
    return findings


def check_declarations(modules: dict[str, Module]) -> list[Finding]:
    by_name = {module.name: module for module in modules.values()}
    findings = []
    for module in modules.values():
        rank = layer(module)
        if rank is None:
            message = f"module {module.name} has no layer; add it to LAYERS in scripts/lint/includes.py"
            findings.append(Finding(module.cmake, module.line, message))
        for name, line in module.depends.items():
            target = by_name.get(name)
            if target is None:
                findings.append(Finding(module.cmake, line, f"depends on {name}, which is no module"))
                continue
            target_rank = layer(target)
            if rank is not None and target_rank is not None and target_rank > rank:
                message = f"{module.name} depends on {name}, a layer above it; turn the dependency round"
                findings.append(Finding(module.cmake, line, message))
            if name not in module.used:
                message = f"{module.name} declares {name} but includes nothing of it; take it out"
                findings.append(Finding(module.cmake, line, message))
    return findings


def check_circles(modules: dict[str, Module]) -> list[Finding]:
    by_name = {module.name: module for module in modules.values()}
    findings = []
    done: set[str] = set()

    def visit(module: Module, trail: list[str]) -> None:
        if module.name in trail:
            circle = " → ".join([*trail[trail.index(module.name) :], module.name])
            findings.append(Finding(module.cmake, module.line, f"dependencies run in a circle: {circle}"))
            return
        if module.name in done:
            return
        for name in sorted(set(module.depends) | module.used):
            if name in by_name:
                visit(by_name[name], [*trail, module.name])
        done.add(module.name)

    for module in modules.values():
        visit(module, [])
    return findings


def check(root: Path) -> list[Finding]:
    paths = tree.files(root)
    modules = modules_of(root, paths)
    return check_includes(root, paths, modules) + check_declarations(modules) + check_circles(modules)


if __name__ == "__main__":
    tree.main(check)
