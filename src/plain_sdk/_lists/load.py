"""Related objects, each fetched once, however many name it."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, overload

from .. import _defaults as defaults
from ..runtime.operations import RequestOptions

if TYPE_CHECKING:
    from plain_graphql.fragments.company import Company
    from plain_graphql.fragments.customer import Customer
    from plain_graphql.fragments.customer_group import CustomerGroup
    from plain_graphql.fragments.label_type import LabelType
    from plain_graphql.fragments.machine_user_details import MachineUserDetails
    from plain_graphql.fragments.tenant import Tenant
    from plain_graphql.fragments.thread import Thread
    from plain_graphql.fragments.tier import Tier
    from plain_graphql.fragments.user_details import UserDetails

    from .._call.pipeline import Pipeline

ItemT = TypeVar("ItemT")
Relation: TypeAlias = Literal[
    "company", "customer", "customer_group", "label_type", "machine_user", "tenant", "thread",
    "tier", "user",
]  # fmt: skip


class Loading:
    """The client's `load`."""

    if TYPE_CHECKING:
        _pipeline: Pipeline

    @overload
    async def load(
        self,
        objects: Iterable[ItemT],
        relation: Literal["customer"],
        *,
        by: Callable[[ItemT], str | None] | None = None,
        max_running: int = ...,
        pack: int = ...,
        options: RequestOptions | None = ...,
    ) -> "dict[str, Customer]": ...
    @overload
    async def load(
        self,
        objects: Iterable[ItemT],
        relation: Literal["company"],
        *,
        by: Callable[[ItemT], str | None] | None = None,
        max_running: int = ...,
        pack: int = ...,
        options: RequestOptions | None = ...,
    ) -> "dict[str, Company]": ...
    @overload
    async def load(
        self,
        objects: Iterable[ItemT],
        relation: Literal["customer_group"],
        *,
        by: Callable[[ItemT], str | None] | None = None,
        max_running: int = ...,
        pack: int = ...,
        options: RequestOptions | None = ...,
    ) -> "dict[str, CustomerGroup]": ...
    @overload
    async def load(
        self,
        objects: Iterable[ItemT],
        relation: Literal["label_type"],
        *,
        by: Callable[[ItemT], str | None] | None = None,
        max_running: int = ...,
        pack: int = ...,
        options: RequestOptions | None = ...,
    ) -> "dict[str, LabelType]": ...
    @overload
    async def load(
        self,
        objects: Iterable[ItemT],
        relation: Literal["machine_user"],
        *,
        by: Callable[[ItemT], str | None] | None = None,
        max_running: int = ...,
        pack: int = ...,
        options: RequestOptions | None = ...,
    ) -> "dict[str, MachineUserDetails]": ...
    @overload
    async def load(
        self,
        objects: Iterable[ItemT],
        relation: Literal["tenant"],
        *,
        by: Callable[[ItemT], str | None] | None = None,
        max_running: int = ...,
        pack: int = ...,
        options: RequestOptions | None = ...,
    ) -> "dict[str, Tenant]": ...
    @overload
    async def load(
        self,
        objects: Iterable[ItemT],
        relation: Literal["thread"],
        *,
        by: Callable[[ItemT], str | None] | None = None,
        max_running: int = ...,
        pack: int = ...,
        options: RequestOptions | None = ...,
    ) -> "dict[str, Thread]": ...
    @overload
    async def load(
        self,
        objects: Iterable[ItemT],
        relation: Literal["tier"],
        *,
        by: Callable[[ItemT], str | None] | None = None,
        max_running: int = ...,
        pack: int = ...,
        options: RequestOptions | None = ...,
    ) -> "dict[str, Tier]": ...
    @overload
    async def load(
        self,
        objects: Iterable[ItemT],
        relation: Literal["user"],
        *,
        by: Callable[[ItemT], str | None] | None = None,
        max_running: int = ...,
        pack: int = ...,
        options: RequestOptions | None = ...,
    ) -> "dict[str, UserDetails]": ...
    async def load(
        self,
        objects: Iterable[ItemT],
        relation: Relation,
        *,
        by: Callable[[ItemT], str | None] | None = None,
        max_running: int = defaults.MAX_RUNNING,
        pack: int = 1,
        options: RequestOptions | None = None,
    ) -> "dict[str, Any]":
        """The whole objects that a list of others name, by their ids, each fetched once.

            threads = await client.threads().collect()
            customers = await client.load(threads, "customer")
            for thread in threads:
                print(thread.title, customers[thread.customer.id].company)

        Args:
            objects: What names them: results, references, actors, or the ids themselves.
            relation: What they are. Its id is read from the object's member of that name, from
                the member with `_id` behind it, or is the id of a reference itself; an object
                where that is null names nobody.
            by: Gives the id of an object where it stands elsewhere, or None:
                `by=lambda thread: thread.assigned_to and thread.assigned_to.id`.
            max_running: How many requests run at once. Default: 32.
            pack: How many objects one request asks for, as aliases. Default: 1. More saves
                quota; Plain's tolerance of it is not documented, so a pack that is refused is
                sent again in halves.
            options: What these calls do differently. Their priority is `bulk` unless it is set.

        Returns the objects by their ids; who does not exist any more is absent.

        Permission: what the relation's look-up needs, like customer:read.

        Raises PlainInputError before anything is sent for an object that names nothing of the
        kind; any other PlainError that a look-up meets, which ends the others. Cancelling it
        cancels what is in flight.
        """
        from .related import load

        return await load(
            self._pipeline, objects, relation, by, max_running=max_running, pack=pack,
            options=options,
        )  # fmt: skip
