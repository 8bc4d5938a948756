"""Turns ariadne-codegen's result classes into ones with names that a person can say.

It names a class by the whole path to it and makes a class anew wherever a fragment is
spread. Here a class that adds nothing to a fragment gives way to the fragment itself,
the path loses what it says twice, and unions become open.
"""

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from graphql import FragmentDefinitionNode, GraphQLSchema

from ..read.names import class_name, edge_name, member_name, pascal, snake
from ..read.spec import OperationSpec, Shape
from .marks import is_marked, marked, unmarked, unnumbered
from .members import docstring, with_deprecation, without_alias
from .unions import (
    UnionKinds,
    abstract_types,
    literal_names,
    open_union,
    typenames,
    union_fragments,
    union_kinds,
    union_members,
)


@dataclass
class FragmentModels:
    """The classes that belong to fragments."""

    classes: dict[str, list[ast.ClassDef]] = field(default_factory=dict)
    """By fragment: the classes of its file, nested ones first."""
    unions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Fragments that name a union, and its members."""
    same: dict[str, str] = field(default_factory=dict)
    """Fragments that only spread another one, and that one."""
    told_apart: set[str] = field(default_factory=set[str])
    """Types, and sums of types, of which every fragment's class says what it is."""

    def find(self, class_name: str) -> ast.ClassDef | None:
        """The class of a fragment, by its name."""
        return next((c for c in self.classes.get(class_name, []) if c.name == class_name), None)


def fragment_models(
    module: ast.Module,
    schema: GraphQLSchema,
    fragments: dict[str, FragmentDefinitionNode],
    taken: set[str],
) -> FragmentModels:
    """The classes of all fragments, reshaped, by fragment. `taken` gets their names."""
    models = FragmentModels(unions=union_fragments(schema, fragments))
    owner = ""
    grouped: dict[str, list[ast.ClassDef]] = {}
    for class_def in _classes(module):
        owner = unmarked(class_def.name) if is_marked(class_def.name) else owner
        grouped.setdefault(owner, []).append(class_def)
    abstract = abstract_types(schema)
    kinds = union_kinds(module.body, abstract)
    members = union_members(schema)
    models.told_apart = members | abstract
    names = {marked(name) for name in fragments}
    final_names = _collapse(module.body, names, models.told_apart)
    final_names = {name: _last(final_names, name) for name in final_names}
    models.same = {unmarked(name): unmarked(same) for name, same in final_names.items()
                   if is_marked(name)}  # fmt: skip
    taken.update(fragments)
    spoken = {c.name: unmarked(c.name) for c in _classes(module) if is_marked(c.name)}
    for class_def in _classes(module):
        if class_def.name not in {*spoken, *final_names, *kinds.empty}:
            spoken[class_def.name] = class_name(unmarked(class_def.name), taken)
            taken.add(spoken[class_def.name])
    references = {**spoken, **final_names}
    for name, classes in grouped.items():
        type_name = fragments[name].type_condition.name.value
        kept = [c for c in reversed(classes) if c.name not in final_names]
        made: list[ast.ClassDef] = []
        for class_def in kept:
            if class_def.name in kinds.empty and not is_marked(class_def.name):
                continue
            own_type = type_name if is_marked(class_def.name) else None
            reshaped = _reshape(
                class_def,
                references,
                models.unions,
                kinds,
                own_type=own_type,
                whole=own_type in abstract,
                tell_apart=type_name in members,
            )
            reshaped.name = spoken[class_def.name]
            made.append(reshaped)
        models.classes[name] = _needed(made, name)
    return models


def _last(same: dict[str, str], name: str) -> str:
    """What a name stands for, of names that stand for each other."""
    while name in same:
        name = same[name]
    return name


def _needed(classes: list[ast.ClassDef], root: str) -> list[ast.ClassDef]:
    """The classes without those to which nothing leads."""
    by_name = {class_def.name: class_def for class_def in classes}
    pending, found = [root], set[str]()
    while pending:
        name = pending.pop()
        if name in by_name and name not in found:
            found.add(name)
            pending += names_in(by_name[name])
    return [class_def for class_def in classes if class_def.name in found]


def _classes(module: ast.Module) -> list[ast.ClassDef]:
    return [statement for statement in module.body if isinstance(statement, ast.ClassDef)]


def operation_models(
    module: ast.Module,
    spec: OperationSpec,
    fragments: FragmentModels,
    abstract: set[str],
    taken: set[str],
) -> list[ast.ClassDef]:
    """The classes of one operation, nested ones first, the whole response last. `taken` gets
    their names."""
    names = {*fragments.classes, *fragments.same}
    final_names = _collapse(module.body, names, fragments.told_apart)
    final_names = {name: fragments.same.get(same, same) for name, same in final_names.items()}
    kinds = union_kinds(module.body, abstract)
    stock_root = spec.stem + pascal(snake(spec.root_key))
    connection = stock_root + "".join(pascal(snake(key)) for key in spec.path)
    renamed: dict[str, str] = {}
    classes = _classes(module)
    own = _own_classes(spec)
    for index, class_def in enumerate(classes):
        name = unnumbered(class_def.name)
        if index and class_def.name in final_names:
            continue
        if index == 0:
            made = f"{spec.stem}Data"
        elif name == stock_root:
            made = spec.stem + _root_suffix(spec)
        elif name == connection:
            made = f"{spec.stem}Connection"
        else:
            start = connection if name.startswith(connection) else stock_root
            made = class_name(edge_name(spec.stem + name.removeprefix(start)), taken | own)
        renamed[class_def.name] = made
        own.add(made)
    kept = [
        c for i, c in enumerate(classes)
        if i == 0 or (c.name not in final_names and c.name not in kinds.empty)
    ]  # fmt: skip
    # The whole response may have a fragment's name, but nothing in it refers to itself.
    references = {**fragments.same, **renamed, **final_names}
    if classes[0].name in fragments.classes:
        references.pop(classes[0].name, None)
    result: list[ast.ClassDef] = []
    for class_def in reversed(kept):
        made = renamed[class_def.name]
        silent = _read_by_unwrapping(spec) if made in _own_classes(spec) else set[str]()
        reshaped = _reshape(class_def, references, fragments.unions, kinds, silent=silent)
        reshaped.name = made
        if class_def is classes[0]:
            reshaped.body[:0] = docstring(f"The whole response to `{spec.name}`.")
        result.append(reshaped)
    result = _needed(result, f"{spec.stem}Data")
    taken.update(class_def.name for class_def in result)
    return result


def member_annotation(class_def: ast.ClassDef, name: str) -> ast.expr | None:
    """The annotation of a member that a class has of its own."""
    for statement in class_def.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=target), annotation=annotation) if target == name:
                return annotation
            case _:
                continue
    return None


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


def _own_classes(spec: OperationSpec) -> set[str]:
    """The classes that an operation has whatever it selects."""
    own = {f"{spec.stem}{part}" for part in ("Data", "Variables", _root_suffix(spec))}
    if spec.shape is Shape.NODES:
        own.add(f"{spec.stem}Connection")
    if spec.shape is Shape.UPSERT:
        own.add(f"Upserted{spec.stem.removeprefix('Upsert')}")
    if spec.shape is Shape.EXTENDED:
        own.add(f"{spec.stem}Value")
    return own


def _read_by_unwrapping(spec: OperationSpec) -> set[str]:
    """Members that are read in every call; a warning there would be nobody's."""
    return {spec.root_attribute, *map(member_name, (*spec.members, *spec.path))}


def _root_suffix(spec: OperationSpec) -> str:
    if spec.shape is Shape.NODES and not spec.path:
        return "Connection"
    return "Result" if spec.kind == "query" else "Payload"


def _collapse(
    body: list[ast.stmt], fragment_classes: set[str], told_apart: set[str]
) -> dict[str, str]:
    """Names that stand for a fragment's class and add nothing to it."""
    same: dict[str, str] = {}
    for statement in body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
            target = statement.targets[0]
            assert isinstance(target, ast.Name)
            same[target.id] = statement.value.id
        elif isinstance(statement, ast.ClassDef) and _adds_nothing(
            statement, fragment_classes, told_apart
        ):
            base = statement.bases[0]
            assert isinstance(base, ast.Name)
            same[statement.name] = base.id
    return same


def _adds_nothing(
    class_def: ast.ClassDef, fragment_classes: set[str], told_apart: set[str]
) -> bool:
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
            and not told_apart.isdisjoint(typenames(class_def))
        )
        for statement in class_def.body
    )


def _reshape(
    class_def: ast.ClassDef,
    references: dict[str, str],
    unions: dict[str, tuple[str, ...]],
    kinds: UnionKinds,
    own_type: str | None = None,
    whole: bool = False,
    tell_apart: bool = False,
    silent: Container[str] = (),
) -> ast.ClassDef:
    bases: list[ast.expr] = [
        ast.Name("ResultModel")
        if name == "BaseModel"
        else ast.Name(unmarked(references.get(name, name)))
        for name in (base.id for base in class_def.bases if isinstance(base, ast.Name))
    ]
    if getattr(class_def, "is_moment", False) and _holds_text(class_def, "iso8601"):
        bases.insert(0, ast.Name("MomentModel"))
    body: list[ast.stmt] = docstring(getattr(class_def, "doc", None))
    for statement in class_def.body:
        if not isinstance(statement, ast.AnnAssign):
            continue
        assert isinstance(statement.target, ast.Name)
        name = statement.target.id
        description, deprecation = getattr(statement, "docs", None) or (None, None)
        spread = unmarked(getattr(statement, "spread", ""))
        annotation = _resolve(statement.annotation, references, unions, kinds, spread)
        default = statement.value
        if name == "typename__":
            every = whole or class_def.name in kinds.fallbacks
            annotation, default = _typename(statement.annotation, own_type, whole=every)
            if getattr(statement, "may_go", False) and default is None:
                annotation = ast.Subscript(ast.Name("Optional"), annotation)
                default = ast.Constant(None)
        body.append(
            ast.AnnAssign(
                target=ast.Name(name),
                annotation=annotation,
                value=with_deprecation(
                    without_alias(name, default), None if name in silent else deprecation
                ),
                simple=1,
            )
        )
        body.extend(docstring(description, deprecation))
    if own_type is not None and tell_apart and not typenames(class_def):
        # Its union selects it, and there the classes are told apart by it.
        typename = ast.AnnAssign(
            ast.Name("typename__"), _literal(own_type), ast.Constant(own_type), simple=1
        )
        body.insert(1 if getattr(class_def, "doc", None) else 0, typename)
    return ast.ClassDef(
        name=unmarked(class_def.name),
        bases=bases,
        keywords=[],
        body=body or [ast.Pass()],
        decorator_list=[],
    )


def _holds_text(class_def: ast.ClassDef, name: str) -> bool:
    """Whether there is a member of this name that is always a text."""
    return any(
        isinstance(statement, ast.AnnAssign)
        and ast.unparse(statement.target) == name
        and ast.unparse(statement.annotation) == "str"
        for statement in class_def.body
    )


def _typename(
    annotation: ast.expr, own_type: str | None, *, whole: bool
) -> tuple[ast.expr, ast.expr | None]:
    """The type of `typename__`, and its default.

    A selection that stands for whatever has no selection of its own stands for members that
    are not known yet, too.
    """
    if own_type is not None and not whole:
        return _literal(own_type), ast.Constant(own_type)
    names = literal_names(annotation)
    return (ast.Name("str") if whole else _literal(names[0])), None


def _literal(value: str) -> ast.expr:
    return ast.Subscript(ast.Name("Literal"), ast.Constant(value))


def _resolve(
    node: ast.expr,
    references: dict[str, str],
    unions: dict[str, tuple[str, ...]],
    kinds: UnionKinds,
    spread: str,
) -> ast.expr:
    """The annotation with final names; a union by the name of the fragment that is spread."""
    if isinstance(node, ast.Name):
        name = node.id.strip('"')
        return ast.Name(unmarked(references.get(name, name)))
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        if node.value.id == "Annotated" and isinstance(node.slice, ast.Tuple):
            return _resolve(node.slice.elts[0], references, unions, kinds, spread)
        if node.value.id == "Union" and isinstance(node.slice, ast.Tuple):
            raw = [ast.unparse(member).strip("'").strip('"') for member in node.slice.elts]
            told = [m for m, name in zip(node.slice.elts, raw, strict=True)
                    if name not in kinds.empty]  # fmt: skip
            members = [_resolve(member, references, unions, kinds, spread) for member in told]
            names = tuple(dict.fromkeys(ast.unparse(member) for member in members))
            if spread in unions:
                # Written only where the fragment is all that is selected.
                return ast.Name(spread)
            return open_union(names, closed=not kinds.fallbacks.isdisjoint(raw))
        return ast.Subscript(node.value, _resolve(node.slice, references, unions, kinds, spread))
    return node
