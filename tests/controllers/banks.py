"""Banks of questions in which the tests can recognise what they must, or must not, find."""

from models.question import Category, Difficulty, Question
from tests.builders import a_question, a_statement

STATEMENTS = Category("statements", "True or false")

SECRETS = ("secret-id", "Secret reason", "Secret source")
"""Of every question of a_secretive_bank: nobody may read them before its feedback."""

MARKED = Category("marked", "<u>Marked</u> & co.")
MARKUP = (
    "<u>Marked</u> & co.",
    '<b>bold</b> & "bolder"',
    "<i>Lima</i>",
    "<script>alert(1)</script>",
    "<img src=x>",
)
"""What a_marked_up_bank says, none of which may reach a page as markup."""


def statements() -> list[Question]:
    """Enough for a game; every other one is true."""
    return [
        a_statement(
            f"statement-{difficulty}-{n}", answer=n % 2 == 0, category=STATEMENTS, difficulty=difficulty
        )
        for difficulty in Difficulty
        for n in range(4)
    ]


def a_secretive_bank() -> list[Question]:
    """Just one game: ten questions in which the right choice and the wrong ones look the same."""
    return [
        a_question(
            f"secret-id-{n}",
            prompt=f"Prompt number {n}?",
            choices=(f"w{n}a", f"w{n}b", f"w{n}c", f"w{n}d"),
            answer=f"w{n}b",
            explanation=f"Secret reason {n}",
            source=f"Secret source {n}",
            difficulty=list(Difficulty)[n % 3],
        )
        for n in range(10)
    ]


def a_marked_up_bank() -> list[Question]:
    _, prompt, right, explanation, source = MARKUP
    return [
        a_question(
            f"marked-{n}",
            category=MARKED,
            prompt=f"{prompt} {n}",
            choices=(right, "<i>Quito</i>", "La Paz", "Bogotá"),
            answer=right,
            explanation=explanation,
            source=source,
        )
        for n in range(10)
    ]
