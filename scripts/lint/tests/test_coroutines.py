"""coroutines.py must find each hazard of g++ 12, and nothing in arguments that are named."""

import unittest

import coroutines
from sample_tree import SampleTree


class CoroutinesTest(unittest.TestCase):
    def lines(self, text: str) -> list[int]:
        with SampleTree({"src/a/a.cpp": text}) as root:
            return [finding.line for finding in coroutines.check(root)]

    def test_hazards(self) -> None:
        for arguments in (
            "run([&ledger, query = *asked] { return 1; })",
            "send(ok ? a : b)",
            "send(200, fmt::format(\"{}\", 1))",
            "refuse(make_error(kind, text))",
            "send(std::string{text})",
            "pool.acquire(scope)->send(x ? y : z)",
        ):
            self.assertEqual(self.lines(f"\nauto x = co_await {arguments};\n"), [2], arguments)

    def test_named_arguments_pass(self) -> None:
        for statement in (
            "co_await context.send(200, body);",
            "const bool wanted = added ? co_await sink.split(bytes, *visible) : co_await sink.write(bytes);",
            "if (const auto failure = co_await start(std::span{pieces.data(), count})) { f([&] { g(); }); }",
            "auto [failure, got] = co_await socket.read(buffer(&byte, 1), k_await); x ? y : z;",
            "send(list[i], [&] { return 1; }); co_await done.wait();",
        ):
            self.assertEqual(self.lines(statement + "\n"), [], statement)


if __name__ == "__main__":
    unittest.main()
