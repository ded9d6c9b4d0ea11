"""What somebody is told who broke a rule: an English sentence, with its values apart to be translated."""


class Fault(Exception):
    """`str()` is the English text; `sentence` holds `%(name)s` for each of `values`."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values)
        self.sentence = sentence
        self.values = values
