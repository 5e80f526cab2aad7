"""The page on which people compare answers: one HTML file that needs no server and sends nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from components.report_page import page_environment, visible


@dataclass(frozen=True)
class ShownPair:
    """One pair as raters see it.

    Attributes:
        id: Its name in the page.
        turns: What the models were asked: who, and what.
        reference: The wanted answer; empty to keep it from raters.
        left: The answer on the left, above on a narrow screen.
        right: The other.
    """

    id: str
    turns: list[tuple[str, str]]
    reference: str
    left: str
    right: str


def render_page(review: str, question: str, pairs: Sequence[ShownPair]) -> str:
    """The page; nothing in it says which model an answer is from.

    Args:
        review: Its identifier, which the ratings file repeats.
        question: What raters are asked.
        pairs: In the order in which they are shown.
    """
    from markupsafe import Markup

    told = {
        "review": review,
        "pairs": [
            {
                "id": one.id,
                "turns": [[visible(who), visible(text)] for who, text in one.turns],
                "reference": visible(one.reference),
                "left": visible(one.left),
                "right": visible(one.right),
            }
            for one in pairs
        ],
    }
    # In a script element only "<" could end the element or begin a comment.
    data = json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    environment = page_environment("components.evaluation.rating")
    return environment.get_template("review.html.j2").render(
        review=review,
        question=question,
        count=len(pairs),
        data=Markup(data),  # noqa: S704 - escaped above for where it stands
    )
