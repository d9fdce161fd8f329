"""Each rule of sizes.py must be able to fail, and must not fail on what only looks like a function."""

import unittest

import sizes
from cpp_text import code_only
from sample_tree import SampleTree

BODY = "  step();\n" * 80


class FunctionsTest(unittest.TestCase):
    def lengths(self, source: str) -> list[int]:
        return [last - first + 1 for first, last in sizes.cpp_functions(source)]

    def test_counts_from_the_declaration_to_the_closing_brace(self) -> None:
        self.assertEqual(self.lengths("int f() {\n  return 1;\n}\n"), [3])
        self.assertEqual(self.lengths("namespace a {\n\nint f(int x,\n      int y) const {\n  return 1;\n}\n}\n"), [4])

    def test_namespaces_classes_and_tables_are_no_functions(self) -> None:
        self.assertEqual(self.lengths("namespace a {\n" + "int f();\n" * 80 + "}\n"), [])
        self.assertEqual(self.lengths("class alignas(64) a final : b<c> {\n" + "int f() { return 1; }\n" * 80 + "};\n"), [1] * 80)
        self.assertEqual(self.lengths("template <class T>\nstruct a {\n" + "T x = f();\n" * 80 + "};\n"), [])
        self.assertEqual(self.lengths("const row rows[] = {\n" + '{"a", f(1)},\n' * 80 + "};\n"), [])
        self.assertEqual(self.lengths("constexpr std::array<row, count()> rows{\n" + "{1, 2},\n" * 80 + "};\n"), [])
        self.assertEqual(self.lengths('extern "C" {\n' + "int f(int);\n" * 80 + "}\n"), [])

    def test_lambdas_inside_a_function_belong_to_it(self) -> None:
        self.assertEqual(self.lengths("void f() {\n  auto g = [&](int x) {\n" + BODY + "  };\n}\n"), [84])

    def test_a_lambda_outside_functions_is_one(self) -> None:
        self.assertEqual(self.lengths("const auto g = [](int x) {\n" + BODY + "};\n"), [82])
        self.assertEqual(self.lengths("const auto g = [] {\n" + BODY + "};\n"), [82])

    def test_constructors_with_braced_initialisers(self) -> None:
        source = "a::a(int x)\n    : base_(x)\n    , one_{1}\n    , two_{x} {\n" + BODY + "}\nint g() { return 0; }\n"
        self.assertEqual(self.lengths(source), [85, 1])

    def test_trailing_return_types_and_qualifiers(self) -> None:
        self.assertEqual(self.lengths("auto f() const noexcept -> result<int> {\n" + BODY + "}\n"), [82])
        self.assertEqual(self.lengths("[[nodiscard]] bool f() && override {\n" + BODY + "}\n"), [82])
        self.assertEqual(self.lengths("TEST(a, b) {\n" + BODY + "}\n"), [82])

    def test_braces_in_literals_and_comments_do_not_count(self) -> None:
        source = 'void f() {\n  a("}{{"); b(R"x(}}{)" })x"); c(\'{\'); d(1\'000); // {{\n  /* {\n */\n}\nvoid g() {}\n'
        self.assertEqual(self.lengths(source), [5, 1])

    def test_preprocessor_lines_do_not_count(self) -> None:
        self.assertEqual(self.lengths("#define A {\nvoid f() {\n#if B\n#endif\n}\n"), [4])

    def test_code_only_keeps_positions(self) -> None:
        source = 'int a; // x\n/* b\n*/ int c = "\\"";\n'
        self.assertEqual(len(code_only(source)), len(source))
        self.assertEqual(code_only(source).count("\n"), source.count("\n"))


class FilesTest(unittest.TestCase):
    def test_long_functions_are_found_with_their_line(self) -> None:
        with SampleTree({"src/a/a.cpp": "\nvoid f() {\n" + BODY + "}\n", "scripts/b.py": "def f():\n" + "    a = 1\n" * 80}) as root:
            found = [(f.path, f.line) for f in sizes.check(root) if "function" in f.message]
        self.assertEqual(sorted(found), [("scripts/b.py", 1), ("src/a/a.cpp", 2)])

    def test_a_file_over_the_limit(self) -> None:
        with SampleTree({"a.cpp": "int a;\n" * 601} | {f"b{i}.cpp": "int b;\n" for i in range(20)}) as root:
            self.assertEqual([f.path for f in sizes.check(root)], ["a.cpp"])

    def test_too_many_files_over_the_usual_length(self) -> None:
        ninety = {f"b{i}.cpp": "int b;\n" for i in range(18)}
        with SampleTree({"a.cpp": "int a;\n" * 301, "c.cpp": "int c;\n" * 301} | ninety) as root:
            self.assertEqual(sizes.check(root), [])
        ninety.popitem()
        with SampleTree({"a.cpp": "int a;\n" * 301, "c.cpp": "int c;\n" * 301} | ninety) as root:
            self.assertEqual({f.path for f in sizes.check(root)}, {"a.cpp", "c.cpp"})


if __name__ == "__main__":
    unittest.main()
