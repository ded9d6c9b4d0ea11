"""Flask's environment of templates, where Jinja's own way costs more than the page (benchmarks/pages.py)."""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame


class _PlainCalls(CodeGenerator):
    """A call in a template is one in Python.

    Jinja's goes by way of its context, which asks each function whether it wants that; none of ours does.
    """

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - Jinja's name
        assert node.dyn_args is node.dyn_kwargs is None, "no template gives * or **"
        self.visit(node.node, frame)
        self.write("(")
        for given in (*node.args, *node.kwargs):
            self.visit(given, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")


class QuickEnvironment(Environment):
    code_generator_class = _PlainCalls

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """A plain dictionary: in Jinja's chain of two, every import of a macro looks all up, one by one.

        A template does not see what is added to the environment after it was loaded.
        """
        return dict(self.globals, **(d or {}))
