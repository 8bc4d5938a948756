"""`plain-sdk webhooks send`: samples, posted as Plain would."""

import argparse
import time
from difflib import get_close_matches

import httpx

from ..._errors import printable
from ..._webhooks.samples import Sample, event_types, sample
from .._exit import NO_ANSWER, OK, REFUSED, CommandError
from ._saved import checked_address, secrets


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    url = checked_address(arguments.to, "--to")
    if bool(arguments.event_type) == arguments.all:
        raise CommandError(
            "give an event type, like thread.thread_created, or --all; known are "
            + ", ".join(event_types())
        )
    wanted = event_types() if arguments.all else [arguments.event_type]
    if unknown := sorted({*wanted} - {*event_types()}):
        near = get_close_matches(unknown[0], event_types(), n=3) or event_types()
        raise CommandError(f"{unknown[0]!r} is not known; known are {', '.join(near)}")
    secret = next(iter(secrets(arguments.secret)), None)
    codes: list[int] = []
    with httpx.Client(timeout=arguments.timeout, follow_redirects=False) as http:
        for event_type in wanted:
            made = sample(
                event_type,
                secret=secret,
                event_id=arguments.event_id,
                attempt=arguments.attempt,
            )
            codes.append(_post(http, url, made))
    return max(codes)


def _post(http: httpx.Client, url: str, made: Sample) -> int:
    begun = time.perf_counter()
    try:
        response = http.post(url, content=made.body, headers=dict(made.headers))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        print(f"{made.event_type}  {made.event_id}  no answer: {printable(str(error))}")
        return NO_ANSWER
    taken = (time.perf_counter() - begun) * 1000
    print(f"{made.event_type}  {made.event_id}  {response.status_code}  {taken:.0f} ms")
    if response.is_success:
        return OK
    if answer := " ".join(printable(response.text).split())[:200]:
        print(f"  {answer}")
    return REFUSED
