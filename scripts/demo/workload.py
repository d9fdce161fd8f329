"""A seeded mixed workload with known answers: what a company's assistant is asked in an hour, and how well two models do.

A question's text says something about how hard it is, as texts do, but not everything: some that look easy are not. Whether
a model is right is a coin thrown once per question and model, so that a question asked again is answered alike.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

STRONG = "claude-sonnet-4-5"
CHEAP = "gpt-4o-mini"
MODELS = (STRONG, CHEAP)

# How often each model is right, by how hard a question is.
RIGHT = {
    "known": {STRONG: 1.0, CHEAP: 0.99},
    "easy": {STRONG: 0.985, CHEAP: 0.975},
    "trap": {STRONG: 0.95, CHEAP: 0.55},
    "hard": {STRONG: 0.93, CHEAP: 0.25},
}
ANSWER_TOKENS = {"known": 60, "easy": 60, "trap": 70, "hard": 240}

_FAQ_SUBJECTS = (
    "password", "invoice", "delivery address", "subscription", "order", "refund", "newsletter", "account", "voucher",
    "phone number", "payment method", "warranty", "return label", "appointment", "gift card", "contract",
)  # fmt: skip
_FAQ_VERBS = ("reset", "change", "cancel", "find", "download", "renew")
_PHRASINGS = (
    "How do I {verb} my {subject}?",
    "how can i {verb} my {subject}",
    "What do I have to do to {verb} my {subject}?",
    "I would like to {verb} my {subject}. How does that work?",
    "Please tell me how to {verb} my {subject}.",
    "Is there a way to {verb} my {subject}?",
)
_WORDS = (
    "harbour lantern copper orchard meadow thunder velvet compass granite willow ember saddle anchor pepper canyon "
    "feather marble river window garden candle bridge forest mirror basket hammer island kettle ladder magnet"
).split()


@dataclass(frozen=True)
class question:
    text: str
    truth: str  # what a right answer holds
    kind: str  # known (of the shop's topics), easy, trap, hard

    def is_right(self, model: str) -> bool:
        digest = hashlib.sha256(f"{model}\n{self.text}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64 < RIGHT[self.kind][model]

    def answer_of(self, model: str) -> str:
        """A model's words, long as its answers are."""
        said = self.truth if self.is_right(model) else f"not {self.truth}, I would say"
        filler = " ".join(_WORDS[(len(self.text) + i) % len(_WORDS)] for i in range(ANSWER_TOKENS[self.kind] // 2))
        return f"ANSWER[{said}] {filler}."

    def is_answered_by(self, text: str) -> bool:
        return f"ANSWER[{self.truth}]" in text


@dataclass(frozen=True)
class request:
    """One arrival. `group`: repeated, paraphrase, chat, batch, unique."""

    number: int
    group: str
    asked: question
    messages: tuple[tuple[str, str], ...]  # role and text
    temperature: float
    user: str
    burst: int = 1  # so many clients ask it at once

    @property
    def id(self) -> str:
        return f"demo-{self.number:05d}"

    def body(self, model: str) -> dict:
        return {
            "model": model,
            "messages": [{"role": role, "content": text} for role, text in self.messages],
            "temperature": self.temperature,
            "max_tokens": 1024,
        }


def _easy(random_: random.Random) -> question:
    a, b = random_.randrange(10, 999), random_.randrange(10, 999)
    word = random_.choice(_WORDS)
    text, truth = random_.choice(
        (
            (f"What is {a} plus {b}?", str(a + b)),
            (f"How many metres are {a} kilometres and {b} metres?", str(a * 1000 + b)),
            (f"Write the word '{word}' in capital letters, then the number {a}.", f"{word.upper()} {a}"),
            (f"How many letters has the word '{word}', and what is {a} minus 7?", f"{len(word)} {a - 7}"),
            (f"Translate 'the {word} number {b}' into pig Latin.", f"{word[1:]}{word[0]}ay {b}"),
        )
    )
    return question(text, truth, "trap" if random_.random() < 0.04 else "easy")


def _hard(random_: random.Random) -> question:
    a, b, c, d = (random_.randrange(3, 60) for _ in range(4))
    mark = random_.randrange(10**6)
    text = random_.choice(
        (
            f"A tank holds {a * 20} litres and loses {b} percent of what is in it every hour, while a pump adds {c} litres at the "
            f"end of each hour. Derive step by step how many whole litres are in it after {d} hours, and prove that it "
            f"cannot overflow when it takes {mark} litres at most.",
            f"Let f(x) = {a}x^3 - {b}x^2 + {c}x - {d}. Derive its stationary points, prove which of them are minima, and integrate f "
            f"from 0 to {mark}. Show every step of the derivation.",
            f"Given this recursive function in Python with memo table of size {mark}: def g(n): return {a} if n < {b} else "
            f"g(n - {b}) * {c} % {d + 60}. Analyse its complexity, find the period of its values, and prove the period.",
            f"Three companies share a contract over {mark} dollars in the ratio {a}:{b}:{c}; the second withdraws after {d} days under "
            f"clause four. Work out step by step what each is owed with simple interest of {b} percent, and justify each step.",
        )
    )
    return question(text, f"result {mark % 9973 + a * b}", "hard")


class maker:
    """Draws a workload. The seed of the training set differs from that of what is served: no question is in both."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.faq = [
            (verb, subject, question(f"faq {verb} {subject}", f"page {i}", "known"))
            for i, (verb, subject) in enumerate((v, s) for s in _FAQ_SUBJECTS for v in _FAQ_VERBS)
        ]
        self.random.shuffle(self.faq)
        handbook = " ".join(self.random.choice(_WORDS) for _ in range(1_100))
        self.handbook = f"You are the assistant of a company. Its handbook: {handbook}."
        self.help = "You answer customers of a shop, briefly."

    def unique(self, hard_share: float) -> question:
        return _hard(self.random) if self.random.random() < hard_share else _easy(self.random)

    def faq_question(self, popular: bool) -> question:
        """One of the topics: popular ones in their usual words, others in any."""
        rank = min(int(self.random.paretovariate(0.9)) - 1, len(self.faq) - 1)
        verb, subject, base = self.faq[rank]
        words = _PHRASINGS[0] if popular else self.random.choice(_PHRASINGS[1:])
        return question(words.format(verb=verb, subject=subject), base.truth, base.kind)

    def workload(self, size: int) -> list[request]:
        """About `size` requests: 30 % repeated, 15 % paraphrased, 20 % turns of chats, 15 % batch lines, 20 % unique."""
        drawn: list[tuple[str, question, tuple[tuple[str, str], ...], float, str, int]] = []

        def one(group: str, asked: question, system: str, temperature: float, burst: int = 1) -> None:
            messages = (("system", system), ("user", asked.text))
            drawn.append((group, asked, messages, temperature, f"user-{self.random.randrange(60)}", burst))

        for number in range(size * 30 // 100):
            one("repeated", self.faq_question(True), self.help, 0, 4 if number % 40 == 0 else 1)
        for _ in range(size * 15 // 100):
            one("paraphrase", self.faq_question(False), self.help, 0)
        for _ in range(size * 15 // 100):
            one("batch", self.unique(0.3), self.help, 0.5)
        for _ in range(size * 20 // 100):
            one("unique", self.unique(0.3), self.help, 0.7)
        self.random.shuffle(drawn)
        self._weave(drawn, self._chats(size * 20 // 100))
        return [request(i, *each) for i, each in enumerate(drawn)]

    def _chats(self, turns: int) -> list[list[tuple]]:
        """Conversations over one handbook, which grow by a question and an answer."""
        chats = []
        while turns > 0:
            user = f"user-{self.random.randrange(60)}"
            history: list[tuple[str, str]] = [("system", self.handbook)]
            chat = []
            for _ in range(min(turns, self.random.randrange(3, 9))):
                asked = self.unique(0.3)
                history.append(("user", asked.text))
                chat.append(("chat", asked, tuple(history), 0.7, user, 1))
                history.append(("assistant", asked.answer_of(STRONG)))
            turns -= len(chat)
            chats.append(chat)
        return chats

    def _weave(self, into: list[tuple], chats: list[list[tuple]]) -> None:
        """Turns of a chat come in order, with others between them."""
        for chat in chats:
            places = sorted(self.random.randrange(len(into) + 1) for _ in chat)
            for offset, (place, turn) in enumerate(zip(places, chat, strict=True)):
                into.insert(place + offset, turn)

    def training_lines(self, count: int) -> list[dict]:
        """Judged answers to other questions, as `inferenceflow router train` reads them."""
        lines = []
        for _ in range(count):
            asked = self.faq_question(False) if self.random.random() < 0.3 else self.unique(0.4)
            lines.append(
                {
                    "prompt": asked.text,
                    "scores": {model: float(asked.is_right(model)) for model in MODELS},
                    "output_tokens": dict.fromkeys(MODELS, ANSWER_TOKENS[asked.kind]),
                }
            )
        return lines
