"""What a user with operations of their own writes; it is type-checked, and run."""

import asyncio
import sys
from typing import assert_type

from sample.plain_operations import Person, SampleOperations, UpsertedRegister

from plain_sdk import AsyncPlainClient, NodePages, Ok, PlainMutationError, capture


async def main(url: str) -> None:
    async with AsyncPlainClient("full", url=url) as client:
        mine = SampleOperations(client)
        for number in range(3):
            registered = await mine.register(
                identifier={"email_address": f"u{number}@example.com"},
                on_create={
                    "full_name": f"User {number}",
                    "email": {"email": f"u{number}@example.com", "is_verified": True},
                },
                on_update={},
            )
            assert_type(registered, UpsertedRegister)
            print(registered.result, registered.customer.full_name)
        person = await mine.who_is("u1@example.com", options={"timeout": 5.0})
        assert_type(person, Person | None)
        print(person.email.email if person else "nobody")
        assert_type(mine.everybody(), NodePages[Person])
        async with mine.everybody(page_size=1).prefetched() as people:
            print([person.full_name async for person in people])
        refused = await capture(
            mine.register(
                identifier={"customer_id": "c_nobody"},
                on_create={"full_name": "X", "email": {"email": "x@y", "is_verified": False}},
                on_update={},
            )
        )
        match refused:
            case Ok():
                print("accepted")
            case _ if isinstance(refused.error, PlainMutationError):
                print(refused.error.code)
            case _:
                print(refused.error)
        async with client.map(mine.who_is, ["u0@example.com", "nobody@example.com"]) as outcomes:
            print(sorted([outcome.outcome.unwrap() is None async for outcome in outcomes]))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
