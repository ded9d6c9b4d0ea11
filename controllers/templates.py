"""Flask's environment of templates, where Jinja's own way costs more than the page (benchmarks/pages.py)."""

from collections.abc import MutableMapping
from typing import Any

from flask.sansio.app import App
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.environment import TemplateModule
from jinja2.runtime import Context

from views.escaping import escaped, html, text_escaped


class _PlainPython(CodeGenerator):
    """What a template says is done as Python would: a call, an attribute, a text that is put in."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - Jinja's name
        """Not by way of the context, which asks each function whether it wants that; none of ours does."""
        assert node.dyn_args is node.dyn_kwargs is None, "no template gives * or **"
        self.visit(node.node, frame)
        self.write("(")
        for given in (*node.args, *node.kwargs):
            self.visit(given, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        """What has no such attribute is not asked for an item of that name."""
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """A function with the macro's parameters, and with its own `macro`: they all have that name."""
        assert not any([macro_ref.accesses_varargs, macro_ref.accesses_kwargs]), "no macro takes * or **"
        names = [argument.name for argument in macro_ref.node.args]
        assert not {"environment", "macro"}.intersection(names), "the function itself needs these names"
        caller = ["caller"] if macro_ref.accesses_caller else []
        parameters = ", ".join([*(f"{name}=missing" for name in names), "*", *caller, "macro=macro"])
        self.write(f"lambda {parameters}: environment.html(macro({', '.join(names + caller)}))")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """A text, as most are, is escaped at once; `escaped` finds out what another value is."""
        assert (frame.eval_ctx.autoescape, frame.eval_ctx.volatile) == (True, False), "all templates escape"
        assert finalize.src is None, "no value is changed before"
        self.write("environment.text_escaped(shown) if type(shown := ")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write(") is str else environment.escaped(shown)")


class _QuickTemplate(Template):
    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Imported, it is made once: there are no globals but those that all templates have."""
        return super()._get_default_module()


class QuickEnvironment(Environment):
    code_generator_class = _PlainPython
    template_class = _QuickTemplate
    text_escaped = staticmethod(text_escaped)
    escaped = staticmethod(escaped)
    html = staticmethod(html)

    def __init__(self, app: App, **options: Any) -> None:
        """All templates are kept, there are few: where only the latest are, each use puts them in order."""
        super().__init__(app, **{"cache_size": -1, **options})

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """A plain dictionary: in Jinja's chain of two, every import of a macro looks all up, one by one.

        A template does not see what is added to the environment after it was loaded.
        """
        return dict(self.globals, **(d or {}))
