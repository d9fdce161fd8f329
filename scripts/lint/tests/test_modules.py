"""Each rule of includes.py, headers.py and readmes.py must be able to fail."""

import unittest
from pathlib import Path

import headers
import includes
import readmes
from sample_tree import SampleTree

CONTRACT = "/// A thing.\n///\n/// Role:      x\n/// Lifecycle: x\n/// Threading: x\n/// Bounds:    x\n#pragma once\n"
GOOD = {
    "src/base/CMakeLists.txt": "iflow_module(base DEPENDS fmt::fmt)\n",
    "src/base/a.h": CONTRACT,
    "src/http/CMakeLists.txt": "# iflow_module(x DEPENDS y)\niflow_module(http\n  DEPENDS base Boost::json)\n",
    "src/http/b.cpp": '#include "http/b.h"\n#include "base/a.h"\n#include <map>\n#include "llama.h"\n',
    "src/http/b.h": "/// Private.\n#pragma once\n",
    "src/wire/openai/CMakeLists.txt": "iflow_module(wire_openai DEPENDS base)\n",
    "src/wire/openai/c.cpp": '#include "wire/openai/c.h"\n#include "base/a.h"\n',
    "src/wire/openai/c.h": "/// Private.\n#pragma once\n",
}


def messages(check, changed: dict[str, str]) -> list[str]:
    with SampleTree(GOOD | changed) as root:
        return [str(finding) for finding in check(root)]


class IncludesTest(unittest.TestCase):
    def expect(self, changed: dict[str, str], *parts: str) -> None:
        found = messages(includes.check, changed)
        for part in parts:
            self.assertTrue(any(part in line for line in found), f"{part!r} not in {found}")

    def test_a_sound_tree_passes(self) -> None:
        self.assertEqual(messages(includes.check, {}), [])

    def test_undeclared_include(self) -> None:
        text = '#include "wire/openai/c.h"\n#include "base/a.h"\n'
        self.expect({"src/http/b.cpp": text}, "src/http/b.cpp:1: includes", "add wire_openai")

    def test_unused_and_unknown_declaration(self) -> None:
        text = "iflow_module(http\n  DEPENDS base\n  wire_openai nothing)\n"
        self.expect({"src/http/CMakeLists.txt": text}, "CMakeLists.txt:3: http declares wire_openai", "nothing, which is no module")

    def test_upward_dependency_even_when_declared(self) -> None:
        self.expect(
            {"src/base/CMakeLists.txt": "iflow_module(base DEPENDS http)\n", "src/base/a.cpp": '#include "http/b.h"\n'},
            "base depends on http, a layer above it",
            "run in a circle: base → http → base",
        )

    def test_circle_within_a_layer(self) -> None:
        self.expect(
            {
                "src/cost/CMakeLists.txt": "iflow_module(cost DEPENDS cache)\n",
                "src/cost/a.h": '#include "cache/a.h"\n',
                "src/cache/CMakeLists.txt": "iflow_module(cache DEPENDS cost)\n",
                "src/cache/a.h": '#include "cost/a.h"\n',
            },
            "circle: cache → cost → cache",
        )

    def test_file_without_module_and_relative_include(self) -> None:
        self.expect({"src/odd/x.cpp": "\n"}, "src/odd/x.cpp:1: belongs to no module")
        self.expect({"src/http/d.cpp": '#include "b.h"\n'}, "src/http/d.cpp:1: \"b.h\" is relative")
        self.expect({"src/http/d.cpp": '#include "../base/a.h"\n'}, "is relative")

    def test_program_built_by_hand(self) -> None:
        cmake = "add_executable(x main.cpp)\ntarget_link_libraries(x PRIVATE iflow_base\n  fmt::fmt iflow_http)\n"
        found = messages(includes.check, {"src/app/CMakeLists.txt": cmake, "src/app/main.cpp": '#include "wire/openai/c.h"\n'})
        self.assertEqual(sorted(line.split(":")[1] for line in found), ["1", "2", "3"], found)

    def test_module_without_layer(self) -> None:
        self.expect({"src/odd/CMakeLists.txt": "iflow_module(odd)\n"}, "module odd has no layer")


class HeadersTest(unittest.TestCase):
    def test_a_sound_tree_passes(self) -> None:
        self.assertEqual(messages(headers.check, {}), [])

    def test_missing_guard_comment_and_contract(self) -> None:
        self.assertIn("no include guard", messages(headers.check, {"src/http/b.h": "/// Private.\n"})[0])
        self.assertIn("no file comment", messages(headers.check, {"src/http/b.h": "#pragma once\n"})[0])
        found = messages(headers.check, {"src/http/b.h": "/// Private.\n#pragma once\n\n  using namespace std;\n"})
        self.assertTrue(found[0].startswith("src/http/b.h:4: using namespace"), found)
        found = messages(headers.check, {"src/base/a.h": CONTRACT.replace("Bounds:    x", "Bounds:")})
        self.assertEqual(len(found), 1)
        self.assertIn("'Bounds:'", found[0])


class ReadmesTest(unittest.TestCase):
    TABLE = "| key | default |\n|---|---|\n| `port` | 8080 |\n"

    def settings(self, readme: str) -> list[str]:
        with SampleTree({"README.md": readme, "program": f"#!/bin/sh\ncat <<'END'\n{self.TABLE}END\n"}) as root:
            binary = Path(root) / "program"
            binary.chmod(0o755)
            return [str(finding) for finding in readmes.check_settings(root, binary)]

    def test_every_module_needs_one(self) -> None:
        found = messages(readmes.check, {"src/base/README.md": "one\ntwo\nthree\nfour\nfive\n", "src/http/README.md": "x\n"})
        self.assertEqual([line.split(":")[0] for line in found], ["src/http/README.md", "src/wire/openai/README.md"])

    def test_settings_table(self) -> None:
        self.assertEqual(self.settings("# x\n\n" + self.TABLE + "\ny\n"), [])
        self.assertIn("README.md:5: settings table is out of date", self.settings("# x\n\n" + self.TABLE.replace("8080", "80"))[0])
        self.assertIn("out of date", self.settings(self.TABLE + "| `gone` | 1 |\n")[0])
        self.assertIn("no settings table", self.settings("# x\n")[0])


if __name__ == "__main__":
    unittest.main()
