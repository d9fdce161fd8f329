"""Each rule of words.py must be able to fail. The samples are put together here so that this file passes itself."""

import unittest

import words
from sample_tree import SampleTree


class WordsTest(unittest.TestCase):
    def found(self, name: str, text: str) -> list[str]:
        with SampleTree({name: text}) as root:
            return [str(finding) for finding in words.check(root)]

    def test_promises(self) -> None:
        for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X", "place" + "holder"):
            self.assertTrue(self.found("src/a/a.cpp", f"int a;\n// {word}: later\n")[0].startswith("src/a/a.cpp:2:"), word)
        self.assertEqual(self.found("a.md", "xxx method todos\n"), [])

    def test_vague_names(self) -> None:
        self.assertIn("file name", self.found("src/a/string_utils.cpp", "int a;\n")[0])
        self.assertIn("'pool_manager'", self.found("src/a/a.h", "class pool_manager {};\n")[0])
        self.assertIn("'TestHelper'", self.found("a.py", "class TestHelper:\n    pass\n")[0])
        self.assertEqual(self.found("src/a/a.h", "// class pool_manager\nclass pool_managers_log {};\nint x = helper(1);\n"), [])

    def test_machine_paths(self) -> None:
        for path in ("/wo" + "rk/main/a", "/ro" + "ot/.cache"):
            self.assertEqual(len(self.found("a.sh", f"cd {path}\n")), 1, path)
        self.assertEqual(self.found("a.sh", "cd $root/wo" + "rk/a; cat tests/ro" + "ot/x\n"), [])

    def test_registry_hosts(self) -> None:
        self.assertEqual(len(self.found("a.md", "see registry.npm" + "js.org\n")), 1)
        self.assertEqual(len(self.found("package.json", "{\"x\": \"https://py" + "pi.org/simple\"}\n")), 1)

    def test_recorded_data_is_exempt(self) -> None:
        self.assertEqual(self.found("data/x.json", "place" + "holder\n"), [])


if __name__ == "__main__":
    unittest.main()
