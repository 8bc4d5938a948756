"""The parts of a class: its documentation, and the defaults of its members."""

import ast

from ...runtime.models import wire_name


def without_alias(name: str, value: ast.expr | None) -> ast.expr | None:
    """The default of a member, without the aliases that the base class derives."""
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name)):
        return value
    options = {keyword.arg: keyword.value for keyword in value.keywords}
    options.pop("discriminator", None)
    alias = options.pop("alias", None)
    if isinstance(alias, ast.Constant) and alias.value != wire_name(name):
        # Not `alias`, because type checkers would then ask for that name.
        options["validation_alias"] = options["serialization_alias"] = alias
    if set(options) == {"default"}:
        return options["default"]
    if not options:
        return None
    keywords = [ast.keyword(arg, option) for arg, option in options.items()]
    return ast.Call(ast.Name("Field"), [], keywords)


def with_deprecation(default: ast.expr | None, reason: str | None) -> ast.expr | None:
    """The default of a member, with word that it should not be used any more."""
    if reason is None:
        return default
    keyword = ast.keyword("deprecated", ast.Constant(reason))
    if isinstance(default, ast.Call):
        default.keywords.append(keyword)
        return default
    keywords = [] if default is None else [ast.keyword("default", default)]
    return ast.Call(ast.Name("Field"), [], [*keywords, keyword])


def docstring(description: str | None, deprecation: str | None = None) -> list[ast.stmt]:
    """The description as a statement of its own; nothing when there is none."""
    text = (description or "").strip()
    if deprecation:
        text = f"{text}\n\nDeprecated: {deprecation}".strip()
    return [ast.Expr(ast.Constant(text))] if text else []
