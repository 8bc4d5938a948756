"""What a domain brings to the sandbox, and how its resolvers are guarded."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from typing import Any, TypeVar

from graphql import GraphQLResolveInfo

from ._context import Context, Loader
from ._keys import missing_message
from ._refusals import MutationRefused, QueryRefused
from ._store import Table

Resolver = Callable[..., Any]
ResolverT = TypeVar("ResolverT", bound=Resolver)
LoaderT = TypeVar("LoaderT", bound=Loader)


async def _awaited(done: Awaitable[Any], refusal: MutationRefused | None) -> Any:
    """A mutation that waits for somebody else: its changes are transactions of their own."""
    try:
        told = await done
    except MutationRefused as refused:
        return {"error": refused.as_error()}
    return told if refusal is None else {"error": refusal.as_error()}


@dataclass
class Domain:
    """Tables and root fields of one part of the API."""

    tables: tuple[Table | str, ...] = ()
    queries: dict[str, Resolver] = field(default_factory=dict)
    mutations: dict[str, Resolver] = field(default_factory=dict)
    loaders: dict[str, Loader] = field(default_factory=dict)
    """How an object of a type is had by its id, for the other domains' objects that lead to it."""

    def loader(self, kind: str) -> Callable[[LoaderT], LoaderT]:
        """Register how objects of a type are had."""

        def register(loader: LoaderT) -> LoaderT:
            self.loaders[kind] = loader
            return loader

        return register

    def query(self, name: str, *, permissions: Iterable[str]) -> Callable[[ResolverT], ResolverT]:
        """Register a query's resolver, which gets the context and the arguments."""
        needed = tuple(permissions)

        def register(resolver: ResolverT) -> ResolverT:
            def guarded(_: object, info: GraphQLResolveInfo, **arguments: Any) -> Any:
                context: Context = info.context
                if missing := context.key.missing(needed):
                    raise QueryRefused("FORBIDDEN", missing_message(missing), 401)
                return resolver(context, **arguments)

            self.queries[name] = guarded
            return resolver

        return register

    def mutation(
        self, name: str, *, permissions: Iterable[str]
    ) -> Callable[[ResolverT], ResolverT]:
        """Register a mutation's resolver, which runs in a transaction of its own."""
        needed = tuple(permissions)

        def register(resolver: ResolverT) -> ResolverT:
            def guarded(_: object, info: GraphQLResolveInfo, **arguments: Any) -> Any:
                context: Context = info.context
                # All that a mutation does is done at one moment, the next one's behind it.
                now = context.clock()
                context = replace(context, clock=lambda: now)
                try:
                    if missing := context.key.missing(needed):
                        message = missing_message(missing)
                        raise MutationRefused("forbidden", message, "FORBIDDEN")
                    if context.refusal is not None and not context.refused_after:
                        raise context.refusal
                    with context.store.transaction():
                        done = resolver(context, **arguments)
                except MutationRefused as refusal:
                    context.events.discard()
                    return {"error": refusal.as_error()}
                except BaseException:
                    context.events.discard()
                    raise
                context.events.publish()
                if isawaitable(done):
                    return _awaited(done, context.refusal)
                # A fault that somebody asked for: it is done, and says that it is not.
                return done if context.refusal is None else {"error": context.refusal.as_error()}

            self.mutations[name] = guarded
            return resolver

        return register
