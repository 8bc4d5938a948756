"""Our plugins for ariadne-codegen: each hooks in where it builds the syntax tree.

`pyproject.toml` names them. They give enums, inputs and results our base classes and
docstrings, and keep the trees, from which `_package` then writes the files.
"""

import ast
import re
from typing import Any

from ariadne_codegen.plugins.base import Plugin
from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)

from ...runtime.models import OpenEnum
from ..read.names import member_name, own_name, tidy
from ..read.rules import (
    bounds,
    is_address,
    is_moment,
    is_not_empty,
    is_one_of,
    is_priority,
    length,
    one_of_group,
)
from ..read.selections import TYPENAME
from ..read.shape import COMMON
from ..read.sources import CodegenError
from ..read.spec import wrapper_is_clearable
from .marks import numbered, unnumbered, without_mark
from .members import docstring, with_deprecation, without_alias
from .unions import typenames


class NamesPlugin(Plugin):
    """Attribute names that a person would write, numbered where a selection's class is named."""

    def __init__(self, schema: GraphQLSchema, config_dict: dict[str, Any]) -> None:
        super().__init__(schema, config_dict)
        self._numbers: dict[int, int] = {}

    def process_name(self, name: str, node: Node | None = None) -> str:
        if not isinstance(node, FieldNode):
            return tidy(name)
        if node.alias is not None:
            name = member_name(own_name(node.alias.value, node.name.value))
        # The nodes live as long as the document, so their ids stay theirs.
        return numbered(tidy(name), self._numbers.setdefault(id(node), len(self._numbers)))


class EnumsPlugin(Plugin):
    """Open enums with the schema's descriptions."""

    def __init__(self, schema: GraphQLSchema, config_dict: dict[str, Any]) -> None:
        super().__init__(schema, config_dict)
        self.classes: dict[str, ast.ClassDef] = {}

    def generate_enum(self, class_def: ast.ClassDef, enum_type: GraphQLEnumType) -> ast.ClassDef:
        class_def.bases = [ast.Name("OpenEnum")]
        body: list[ast.stmt] = docstring(enum_type.description)
        taken = set(enum_type.values)
        for statement, value in zip(class_def.body, enum_type.values.values(), strict=True):
            assert isinstance(statement, ast.Assign)
            member = _enum_member(ast.unparse(statement.targets[0]))
            if member != ast.unparse(statement.targets[0]):
                while member in taken:
                    member += "_"
            taken.add(member)
            statement.targets = [ast.Name(member)]
            body.append(statement)
            body.extend(docstring(value.description, value.deprecation_reason))
        class_def.body = body
        self.classes[enum_type.name] = class_def
        return class_def


class InputsPlugin(Plugin):
    """Inputs with our base classes: one-of identifiers, and wrappers around a value."""

    def __init__(self, schema: GraphQLSchema, config_dict: dict[str, Any]) -> None:
        super().__init__(schema, config_dict)
        self.classes: dict[str, ast.ClassDef] = {}

    def generate_input_field(
        self,
        field_implementation: ast.AnnAssign,
        input_field: GraphQLInputField,
        field_name: str,
    ) -> ast.AnnAssign:
        named = get_named_type(input_field.type)
        wrapper = isinstance(named, GraphQLInputObjectType) and (
            wrapper_is_clearable(named) is not None
        )
        if wrapper and not isinstance(input_field.type, GraphQLNonNull):
            field_implementation.annotation = ast.Subscript(
                ast.Name("Annotated"),
                ast.Tuple([field_implementation.annotation, ast.Call(ast.Name("Wrapped"), [], [])]),
            )
        return field_implementation

    def generate_input_class(
        self, class_def: ast.ClassDef, input_type: GraphQLInputObjectType
    ) -> ast.ClassDef:
        clearable = wrapper_is_clearable(input_type)
        base = "InputModel"
        if clearable is not None:
            base = "WrapperInput"
        elif is_one_of(input_type):
            base = "OneOfInput"
        group = one_of_group(input_type)
        if group:
            base = "OneOfMembersInput"
        class_def.bases = [ast.Name(base)]
        body: list[ast.stmt] = docstring(input_type.description)
        if group:
            members = tuple(map(member_name, group))
            body.append(ast.parse(f"one_of: ClassVar[tuple[str, ...]] = {members!r}").body[0])
        if clearable:
            body.append(ast.parse("clearable: ClassVar[bool] = True").body[0])
        annotated = [item for item in class_def.body if isinstance(item, ast.AnnAssign)]
        names = [ast.unparse(statement.target) for statement in annotated]
        if twice := {name for name in names if names.count(name) > 1}:
            clash = f"two fields would be called {twice.pop()}"
            raise CodegenError([f"{input_type.name}: {clash}, and an input has no aliases"])
        for statement, (wire, field) in zip(annotated, input_type.fields.items(), strict=True):
            statement.annotation = _with_meaning(statement.annotation, input_type.name, wire, field)
            statement.value = without_alias(ast.unparse(statement.target), statement.value)
            statement.value = with_deprecation(statement.value, field.deprecation_reason)
            body.append(statement)
            body.extend(docstring(field.description, field.deprecation_reason))
        class_def.body = body
        self.classes[input_type.name] = class_def
        return class_def


def _with_meaning(
    annotation: ast.expr, owner: str, wire: str, field: GraphQLInputField
) -> ast.expr:
    """The annotation of a plain value with what it means and takes: bounds, a time, a text."""
    named = get_named_type(field.type)
    name = named.name
    if isinstance(named, GraphQLEnumType):
        return replaced(annotation, name, or_text(name))
    if name == "String" and is_moment(owner, wire):
        return replaced(annotation, "str", "Moment")
    if name == "String" and is_address(owner, wire):
        return replaced(annotation, "str", "Annotated[str, LinkAddress()]")
    if name == "String" and (found := length(owner, wire)) is not None:
        return replaced(annotation, "str", f"Annotated[str, TextLength({found[0]}, {found[1]})]")
    if is_not_empty(owner, wire):
        return ast.Subscript(
            ast.Name("Annotated"), ast.Tuple([annotation, ast.Call(ast.Name("NotEmpty"), [], [])])
        )
    if name == "Int":
        least, most, meaning = (
            (0, 3, ", '0 urgent, 1 high, 2 normal, 3 low'") if is_priority(wire)
            else (*bounds(wire), "")
        )  # fmt: skip
        return replaced(annotation, "int", f"Annotated[int, Between({least}, {most}{meaning})]")
    return annotation


def or_text(enum: str) -> str:
    """The name of what stands for a value of an enum: itself, or the text of a known value."""
    return f"{enum}OrText"


def enum_or_text(class_def: ast.ClassDef, values: list[str]) -> str:
    """Its definition: what type checkers let through; at run time it is the enum."""
    name = class_def.name
    literal = ", ".join(map(repr, values))
    return (
        f"\n\nif TYPE_CHECKING:\n    {or_text(name)}: TypeAlias = {name} | Literal[{literal}]\n"
        f"else:\n    {or_text(name)} = {name}"
    )


def replaced(annotation: ast.expr, name: str, text: str) -> ast.expr:
    """The annotation with another one in the place of a name."""

    class _Replaced(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.parse(text, mode="eval").body if node.id == name else node

    found: ast.expr = _Replaced().visit(annotation)
    return found


class ResultsPlugin(Plugin):
    """Keeps the trees of the results, with the descriptions of what they select."""

    def __init__(self, schema: GraphQLSchema, config_dict: dict[str, Any]) -> None:
        super().__init__(schema, config_dict)
        self.operations: dict[str, ast.Module] = {}
        self.fragments = ast.Module([], [])
        self.class_docs: dict[str, str] = {}
        self.selected_types: dict[int, str | None] = {}
        self.moments: set[int] = set()
        self.field_docs: dict[int, tuple[str | None, str | None]] = {}

    def describe(self, document: DocumentNode) -> None:
        """Look up what each selection of the document is about."""
        info = TypeInfo(self.schema)
        visit(document, TypeInfoVisitor(info, _Descriptions(info, self)))

    def unmark(self) -> None:
        """Take the marks off the fragments' names, where only a fragment can be meant."""
        for module in self.operations.values():
            for node in ast.walk(module):
                if isinstance(node, ast.Name):
                    node.id = without_mark(node.id)

    def generate_result_field(
        self,
        field_implementation: ast.AnnAssign,
        operation_definition: ExecutableDefinitionNode,
        field: FieldNode,
    ) -> ast.AnnAssign:
        if is_priority(field.name.value):
            field_implementation.annotation = replaced(
                field_implementation.annotation, "int", "ThreadPriority"
            )
        docs = self.field_docs.get(id(field))
        field_implementation.docs = docs  # type: ignore[attr-defined]
        target = field_implementation.target
        assert isinstance(target, ast.Name)
        target.id = unnumbered(target.id)
        told = [directive.name.value for directive in field.directives or ()]
        names = {name.removeprefix(COMMON) for name in told if name.startswith(COMMON)}
        field_implementation.members = names  # type: ignore[attr-defined]
        field_implementation.may_go = "include" in told  # type: ignore[attr-defined]
        if field.name.value == TYPENAME and field.alias is not None:
            text = "Optional[str]" if "include" in told else "str"
            field_implementation.annotation = ast.parse(text, mode="eval").body
            if "include" in told:
                _default_none(field_implementation)
        selections = field.selection_set.selections if field.selection_set else ()
        spread = [node.name.value for node in selections if isinstance(node, FragmentSpreadNode)]
        if len(spread) == 1:
            field_implementation.spread = spread[0]  # type: ignore[attr-defined]
        return field_implementation

    def generate_result_class(
        self,
        class_def: ast.ClassDef,
        operation_definition: ExecutableDefinitionNode,
        selection_set: SelectionSetNode,
    ) -> ast.ClassDef:
        class_def.doc = self.selected_types.get(id(selection_set))  # type: ignore[attr-defined]
        class_def.is_moment = id(selection_set) in self.moments  # type: ignore[attr-defined]
        names = typenames(class_def)
        if len(names) == 1:
            # What a member has in common with others is among its own fields already.
            told: set[str] = set()
            own: list[ast.stmt] = []
            for statement in class_def.body:
                name = ast.unparse(statement).partition(":")[0].strip()
                if name not in told and names[0] not in getattr(statement, "members", ()):
                    own.append(statement)
                    told.add(name)
            class_def.body = own
        return class_def

    def generate_result_types_module(
        self, module: ast.Module, operation_definition: ExecutableDefinitionNode
    ) -> ast.Module:
        assert isinstance(operation_definition, OperationDefinitionNode)
        assert operation_definition.name is not None
        self.operations[unnumbered(operation_definition.name.value)] = module
        return module

    def generate_fragments_module(
        self, module: ast.Module, fragments_definitions: dict[str, FragmentDefinitionNode]
    ) -> ast.Module:
        self.fragments = module
        return module


def _default_none(field: ast.AnnAssign) -> None:
    if isinstance(field.value, ast.Call):
        if all(keyword.arg != "default" for keyword in field.value.keywords):
            field.value.keywords.append(ast.keyword("default", ast.Constant(None)))
    else:
        field.value = ast.Constant(None)


class _Descriptions(Visitor):
    def __init__(self, info: TypeInfo, plugin: ResultsPlugin) -> None:
        super().__init__()
        self._info = info
        self._plugin = plugin

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
        parent = self._info.get_parent_type()
        self._plugin.selected_types[id(node)] = parent.description if parent else None
        if parent is not None and parent.name == "DateTime":
            self._plugin.moments.add(id(node))

    def enter_field(self, node: FieldNode, *_: object) -> None:
        field = self._info.get_field_def()
        if field is not None and node.name.value != "__typename":
            self._plugin.field_docs[id(node)] = (field.description, field.deprecation_reason)


_TEXT_ATTRIBUTES = frozenset({*dir(str), *vars(OpenEnum), "mro", "name", "value"})
"""What every value of an enum has already: it is text, and an enum's."""


def _enum_member(name: str) -> str:
    """A name that Python's enums allow, and that hides nothing of theirs."""
    if re.fullmatch(r"_.*_", name):
        name = f"{name.strip('_')}_"
    return f"{name}_" if name in _TEXT_ATTRIBUTES else name
