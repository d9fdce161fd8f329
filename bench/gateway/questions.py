"""Made-up questions of a help desk, and as many other wordings of each as a load needs: about 20 tokens, no two alike."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

ACTIONS = (
    "reset the password of", "cancel my subscription to", "export all data from", "invite a colleague to",
    "change the language of", "install the latest update of", "print a monthly report from", "delete old files in",
    "turn on dark mode in", "connect my calendar to", "recover a lost document in", "set up two-factor login for",
    "share a folder through", "find the invoice for", "remove a stolen phone from", "mute the notifications of",
    "move my photos to", "write a review of", "translate the menu of", "measure how fast people open",
    "schedule a nightly backup of", "restore yesterday's version of", "merge two accounts in", "add a credit card to",
    "block an annoying user in",
)  # fmt: skip
PLACES = (
    "the banking app", "our online library", "the school portal", "the hospital's booking system", "the bakery's shop",
    "the fitness tracker", "the weather station", "the parking garage terminal", "the museum guide", "the chess club site",
    "the tax office form", "the recipe collection", "the flight planner", "the garden sensor", "the music player",
    "the warehouse scanner", "the wedding planner", "the podcast studio", "the city bike rental", "the language course",
    "the insurance dashboard", "the orchestra's archive", "the farm inventory", "the newspaper reader", "the robot vacuum",
)  # fmt: skip
FRAMES = (
    "How can I {0}", "What is the best way to {0}", "What steps do I follow to {0}", "In what way can I {0}",
    "How should I {0}", "How would I {0}", "What do I have to do to {0}", "How is it possible for me to {0}",
    "What is the right way to {0}", "How exactly do I {0}", "What is the easiest way to {0}", "How could I {0}",
)  # fmt: skip
OPENINGS = ("", "Hello, ", "Please tell me: ", "Quick question: ", "Hi there, ", "I wonder, ", "Excuse me, ", "Hey, ")
ENDINGS = ("?", ", please?", "? Thanks!", "? Thank you.")


class question:
    """One thing that people want to know."""

    def __init__(self, action: str, place: str) -> None:
        self._wish = f"{action} {place}"

    def first(self) -> str:
        return f"How do I {self._wish}?"

    def wordings(self, seed: int) -> Iterator[str]:
        """Other wordings, each once, in an order that `seed` chooses."""
        parts = list(itertools.product(OPENINGS, FRAMES, ENDINGS))
        random.Random(seed).shuffle(parts)
        for opening, frame, ending in parts:
            yield opening + frame.format(self._wish) + ending


def all_questions(seed: int) -> list[question]:
    made = [question(action, place) for action, place in itertools.product(ACTIONS, PLACES)]
    random.Random(seed).shuffle(made)
    return made


def unseen(known: list[question], seed: int) -> Iterator[str]:
    """Wordings of all questions in turn; never the same text twice."""
    waiting = [each.wordings(seed + number) for number, each in enumerate(known)]
    for row in itertools.zip_longest(*waiting):
        yield from (text for text in row if text is not None)
