"""Turns ariadne-codegen's result classes into ones with names that a person can say.

It names a class by the whole path to it and makes a class anew wherever a fragment is
spread. Here a class that adds nothing to a fragment gives way to the fragment itself,
the path loses what it says twice, and unions become open.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLSchema,
    GraphQLUnionType,
)

from ._names import edge_name, pascal, snake
from ._spec import OperationSpec, Shape
from .plugins import docstring
from .runtime.base_model import wire_name


@dataclass
class FragmentModels:
    """The classes that belong to fragments."""

    classes: dict[str, list[ast.ClassDef]] = field(default_factory=dict)
    """By fragment: the classes of its file, nested ones first."""
    unions: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Members of a union, and the fragment that names it."""

    def find(self, class_name: str) -> ast.ClassDef | None:
        """The class of a fragment, by its name."""
        return next((c for c in self.classes.get(class_name, []) if c.name == class_name), None)


def union_fragments(
    schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]
) -> dict[tuple[str, ...], str]:
    """Fragments on a union that only spread one fragment for each of its members."""
    found: dict[tuple[str, ...], str] = {}
    for name, definition in sorted(fragments.items()):
        type_ = schema.get_type(definition.type_condition.name.value)
        if not isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            continue
        spread = [
            node.name.value
            for node in definition.selection_set.selections
            if isinstance(node, FragmentSpreadNode)
        ]
        by_type = {fragments[s].type_condition.name.value: pascal(s) for s in spread}
        members = [member.name for member in schema.get_possible_types(type_)]
        if set(by_type) == set(members):
            found[tuple(by_type[member] for member in members)] = pascal(name)
    return found


def fragment_models(
    module: ast.Module,
    schema: GraphQLSchema,
    fragments: dict[str, FragmentDefinitionNode],
) -> FragmentModels:
    """The classes of all fragments, reshaped, by fragment."""
    models = FragmentModels(unions=union_fragments(schema, fragments))
    top_level = {pascal(name): definition for name, definition in fragments.items()}
    owner = ""
    grouped: dict[str, list[ast.ClassDef]] = {}
    for statement in module.body:
        if isinstance(statement, ast.ClassDef):
            owner = statement.name if statement.name in top_level else owner
            grouped.setdefault(owner, []).append(statement)
    final_names = _collapse(module.body, set(top_level))
    for name, classes in grouped.items():
        type_name = top_level[name].type_condition.name.value
        models.classes[name] = [
            _reshape(class_def, final_names, models.unions, own_type=type_name)
            if class_def.name == name
            else _reshape(class_def, final_names, models.unions)
            for class_def in reversed(classes)
            if final_names.get(class_def.name, class_def.name) == class_def.name
        ]
    return models


def operation_models(
    module: ast.Module, spec: OperationSpec, fragments: FragmentModels
) -> list[ast.ClassDef]:
    """The classes of one operation, nested ones first, the whole answer last."""
    final_names = _collapse(module.body, set(fragments.classes))
    stock_root = spec.stem + pascal(snake(spec.root_key))
    renamed: dict[str, str] = {}
    classes = [statement for statement in module.body if isinstance(statement, ast.ClassDef)]
    for index, class_def in enumerate(classes):
        name = class_def.name
        if index and name in final_names:
            continue
        if index == 0:
            renamed[name] = f"{spec.stem}Data"
        elif name == stock_root:
            renamed[name] = spec.stem + _root_suffix(spec)
        else:
            renamed[name] = edge_name(spec.stem + name.removeprefix(stock_root))
    kept = [c for i, c in enumerate(classes) if i == 0 or c.name not in final_names]
    # The whole answer may have a fragment's name, but nothing in it refers to itself.
    references = {**renamed, **final_names}
    if classes[0].name in fragments.classes:
        references.pop(classes[0].name, None)
    result = []
    for class_def in reversed(kept):
        name = renamed[class_def.name]
        reshaped = _reshape(class_def, references, fragments.unions)
        reshaped.name = name
        if class_def is classes[0]:
            reshaped.body[:0] = docstring(f"The whole answer to `{spec.name}`.")
        result.append(reshaped)
    return result


def member_annotation(class_def: ast.ClassDef, name: str) -> ast.expr:
    """The annotation of a member of a class."""
    for statement in class_def.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=target), annotation=annotation) if target == name:
                return annotation
            case _:
                continue
    raise KeyError(f"{class_def.name}.{name}")


def without_none(annotation: ast.expr) -> ast.expr:
    """`X` for `Optional[X]`."""
    match annotation:
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return inner
        case _:
            return annotation


def names_in(node: ast.AST) -> Iterator[str]:
    """The names that a tree refers to."""
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            yield child.id


def _root_suffix(spec: OperationSpec) -> str:
    if spec.shape is Shape.NODES:
        return "Connection"
    return "Result" if spec.kind == "query" else "Payload"


def _collapse(body: list[ast.stmt], fragment_classes: set[str]) -> dict[str, str]:
    """Names that stand for a fragment's class and add nothing to it."""
    same: dict[str, str] = {}
    for statement in body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
            target = statement.targets[0]
            assert isinstance(target, ast.Name)
            same[target.id] = statement.value.id
        elif isinstance(statement, ast.ClassDef) and _adds_nothing(statement, fragment_classes):
            base = statement.bases[0]
            assert isinstance(base, ast.Name)
            same[statement.name] = base.id
    return same


def _adds_nothing(class_def: ast.ClassDef, fragment_classes: set[str]) -> bool:
    if len(class_def.bases) != 1 or not isinstance(class_def.bases[0], ast.Name):
        return False
    if class_def.bases[0].id not in fragment_classes:
        return False
    return all(
        isinstance(statement, ast.Pass)
        or (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and statement.target.id == "typename__"
        )
        for statement in class_def.body
    )


def _reshape(
    class_def: ast.ClassDef,
    references: dict[str, str],
    unions: dict[tuple[str, ...], str],
    own_type: str | None = None,
) -> ast.ClassDef:
    bases: list[ast.expr] = [
        ast.Name("ResultModel") if name == "BaseModel" else ast.Name(references.get(name, name))
        for name in (base.id for base in class_def.bases if isinstance(base, ast.Name))
    ]
    body: list[ast.stmt] = docstring(getattr(class_def, "doc", None))
    for statement in class_def.body:
        if not isinstance(statement, ast.AnnAssign):
            continue
        assert isinstance(statement.target, ast.Name)
        name = statement.target.id
        annotation, default = _open_unions(statement, references, unions)
        if name == "typename__" and own_type is not None:
            annotation, default = _literal(own_type), ast.Constant(own_type)
        body.append(
            ast.AnnAssign(
                target=ast.Name(name),
                annotation=annotation,
                value=_field_value(name, default),
                simple=1,
            )
        )
        body.extend(docstring(*(getattr(statement, "docs", None) or (None, None))))
    return ast.ClassDef(
        name=class_def.name,
        bases=bases,
        keywords=[],
        body=body or [ast.Pass()],
        decorator_list=[],
    )


def _literal(value: str) -> ast.expr:
    return ast.Subscript(ast.Name("Literal"), ast.Constant(value))


def _field_value(name: str, value: ast.expr | None) -> ast.expr | None:
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


def _open_unions(
    statement: ast.AnnAssign, references: dict[str, str], unions: dict[tuple[str, ...], str]
) -> tuple[ast.expr, ast.expr | None]:
    annotation = _resolve(statement.annotation, references, unions)
    assert isinstance(annotation, ast.expr)
    return annotation, statement.value


def _resolve(
    node: ast.expr, references: dict[str, str], unions: dict[tuple[str, ...], str]
) -> ast.expr:
    if isinstance(node, ast.Name):
        name = node.id.strip('"')
        return ast.Name(references.get(name, name))
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        if node.value.id == "Annotated" and isinstance(node.slice, ast.Tuple):
            return _resolve(node.slice.elts[0], references, unions)
        if node.value.id == "Union" and isinstance(node.slice, ast.Tuple):
            members = [_resolve(member, references, unions) for member in node.slice.elts]
            names = tuple(dict.fromkeys(ast.unparse(member) for member in members))
            if names in unions:
                return ast.Name(unions[names])
            return open_union(names)
        return ast.Subscript(node.value, _resolve(node.slice, references, unions))
    return node


def open_union(members: tuple[str, ...]) -> ast.expr:
    """The type of a union that may get more members."""
    return ast.parse(
        f"Annotated[Union[{', '.join((*members, 'Unknown'))}], OpenUnion()]", mode="eval"
    ).body
