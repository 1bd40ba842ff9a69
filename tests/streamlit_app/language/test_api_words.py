"""No page shows a sentence of the API as the API wrote it: each goes through `translated`."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.streamlit_app.extract_texts import UI

# Fields of answers that hold sentences.
SENTENCES = frozenset({
    "blanked", "cause", "detail", "figure", "intended_use", "last_error", "limits", "name",
    "no_site", "note", "objection", "overrides", "paused", "problem", "reason", "reasons",
    "selection", "split_rule", "title", "trade", "why", "words",
})  # fmt: skip
# What these hold under such a name was named by a person, a guideline or a program, is a code, or
# stands in a table that was told already.
NAMED = frozenset({
    "alert", "chosen", "feature", "fit", "image", "intake", "key", "me", "of", "outcome", "part",
    "point", "row", "rows", "sent", "silence", "table", "task", "to", "topic", "user",
})  # fmt: skip
# What tells them in the person's language, or looks a code up.
SPEAKING = frozenset({"translated", "_words", "figure", "verdicts.show"})
# Files whose words are for programs, or not yet for anybody.
SILENT = ("api_calls", "api_types.py", "language", "worklist/answers_csv.py")


@dataclass
class Reader(ast.NodeVisitor):
    """Follows a sentence of the API through the names that it is given within a function."""

    carriers: set[str] = field(default_factory=set)
    found: list[tuple[int, str]] = field(default_factory=list)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        inner = Reader(set())
        for statement in node.body:
            inner.visit(statement)
        self.found += inner.found

    def visit_Call(self, node: ast.Call) -> None:
        function = ast.unparse(node.func)
        if function == "map":
            function = ast.unparse(node.args[0])
        if function not in SPEAKING:
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if self._carries(node.value):
            self.carriers |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        else:
            self.visit(node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        if self._carries(node.value):
            self.carriers.add(node.target.id)

    def visit_For(self, node: ast.For) -> None:
        self._each(node.target, node.iter)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._each(node.target, node.iter)

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
            for each in node.generators:
                self.visit(each)
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            # Whether there is one is no showing of it.
            self._named_in(node.test)
        for child in ast.iter_child_nodes(node):
            if child is getattr(node, "test", None) or isinstance(child, ast.comprehension):
                continue
            self.visit(child)

    def visit_Compare(self, node: ast.Compare) -> None:
        self._named_in(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if not isinstance(node.op, ast.Not):
            self.visit(node.operand)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if _is_sentence(node):
            self.found.append((node.lineno, ast.unparse(node)))
        elif not _is_sentence(node.slice):
            self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.carriers and isinstance(node.ctx, ast.Load):
            self.found.append((node.lineno, node.id))

    def _each(self, target: ast.expr, many: ast.expr) -> None:
        if self._carries(many) and isinstance(target, ast.Name):
            self.carriers.add(target.id)
        elif not self._carries(many):
            self.visit(many)

    def _named_in(self, test: ast.expr) -> None:
        for each in ast.walk(test):
            if isinstance(each, ast.NamedExpr):
                self.visit(each)

    def _carries(self, node: ast.expr) -> bool:
        if isinstance(node, ast.BoolOp):
            return any(map(self._carries, node.values))
        is_carrier = isinstance(node, ast.Name) and node.id in self.carriers
        return is_carrier or _is_sentence(node)


def _is_sentence(node: ast.AST) -> bool:
    """A field of an answer that holds sentences: `check["detail"]`."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant):
        return False
    holder = node.value.id if isinstance(node.value, ast.Name) else ""
    return node.slice.value in SENTENCES and holder not in NAMED


def shown_as_they_are(source: str) -> Iterator[tuple[int, str]]:
    reader = Reader()
    reader.visit(ast.parse(source))
    yield from reader.found


@pytest.mark.parametrize(
    "source",
    [
        "def show(check):\n    st.markdown(check['detail'])",
        "def show(move):\n    st.markdown(', '.join(move['overrides']))",
        "def show(model):\n    why = model['note'] or ''\n    st.markdown(f'{why}!')",
        "def show(found):\n    for reason in found['reasons']:\n        st.warning(plain(reason))",
        "def show(a):\n    return [plain(each) for each in a['reasons']]",
        "def show(a):\n    if why := a['problem']:\n        st.error(why)",
    ],
)
def test_one_that_is_shown_in_english_is_found(source: str) -> None:
    assert list(shown_as_they_are(source))
    assert not list(shown_as_they_are(source.replace("st.markdown", "translated").replace(
        "plain", "translated").replace("st.error", "translated")))  # fmt: skip


def test_all_that_pages_show_is_told_in_the_persons_language() -> None:
    found = [
        (str(path.relative_to(UI)), *each)
        for path in sorted(UI.rglob("*.py"))
        if not str(path.relative_to(UI)).startswith(SILENT)
        for each in shown_as_they_are(path.read_text(encoding="utf-8"))
    ]

    assert found == []
