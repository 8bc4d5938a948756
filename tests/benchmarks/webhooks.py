"""What reading a webhook costs, beside what must be paid anyway: parsing JSON, and validating it.

    python tests/benchmarks/webhooks.py

The bound is twice `json.loads` and one validation by pydantic of the same body. `models` is the
payload's own class; `plain pydantic` has the same members, closed enums, unions by a
discriminator, and nothing of what keeps newer versions. Times are the least of many short runs,
because other programs only ever add to them.
"""

import enum
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_camel

from plain_sdk.runtime.events import EventModel, UnknownObject
from plain_sdk.runtime.models import OpenEnum
from plain_sdk.webhooks import parse, sample, sign, unwrap

RUNS, CALLS = 200, 40
SECRET = "secret"


def least(call: Callable[[], object]) -> float:
    """Microseconds."""
    found = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        for _ in range(CALLS):
            call()
        found.append((time.perf_counter() - begun) / CALLS * 1e6)
    return min(found)


class _Base(BaseModel):
    model_config = ConfigDict(alias_generator=lambda name: to_camel(name.rstrip("_")))


_MADE: dict[type, type] = {}


def plain(annotation: Any) -> Any:
    """The same type without what is ours."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return plain(get_args(annotation)[0])
    if origin in (list, dict):
        return list[plain(get_args(annotation)[0])]
    if origin is not None and origin is not Literal:
        members = [plain(m) for m in get_args(annotation) if m is not UnknownObject]
        models = [m for m in members if isinstance(m, type) and issubclass(m, BaseModel)]
        tags = {n for m in models for n in m.model_fields if _is_tag(m, n)}
        union = Union[tuple(members)]  # noqa: UP007 - of members that are not known here
        if len(models) > 1 and tags and type(None) not in members:
            return Annotated[union, Field(discriminator=tags.pop())]
        return union
    if isinstance(annotation, type) and issubclass(annotation, OpenEnum):
        return enum.Enum(annotation.__name__, {m.name: m.value for m in annotation}, type=str)
    if isinstance(annotation, type) and issubclass(annotation, EventModel):
        if annotation not in _MADE:
            fields: dict[str, Any] = {
                name: (plain(field.annotation), ... if field.is_required() else field.get_default(
                    call_default_factory=True))
                for name, field in annotation.model_fields.items()
            }  # fmt: skip
            _MADE[annotation] = create_model(annotation.__name__, __base__=_Base, **fields)
        return _MADE[annotation]
    return annotation


def _is_tag(model: type[BaseModel], name: str) -> bool:
    return get_origin(model.model_fields[name].annotation) is Literal


def main() -> None:
    print("| event | bytes | json.loads | models | parse | of the bound | unwrap |"
          " plain pydantic | of that bound |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    for event_type in ("thread.thread_created", "thread.thread_assignment_transitioned",
                       "thread.email_received", "customer.customer_updated",
                       "timeline.timeline_entry_changed"):  # fmt: skip
        made = sample(event_type, secret=SECRET)
        body, content = made.body, json.loads(made.body)
        model = type(parse(body).payload)
        other = plain(model)
        assert sign(body, SECRET) == made.headers["Plain-Request-Signature"]
        assert isinstance(content["timestamp"], str)
        assert datetime.fromisoformat(content["timestamp"])
        loads = least(lambda b=body: json.loads(b))
        own = least(lambda m=model, c=content: m.model_validate(c["payload"]))
        least_plain = least(lambda m=other, c=content: m.model_validate(c["payload"]))
        parsed = least(lambda b=body: parse(b))
        whole = least(lambda m=made: unwrap(m.body, m.headers, secret=SECRET))
        print(
            f"| `{event_type}` | {len(body)} | {loads:.1f} | {own:.1f} | {parsed:.1f} |"
            f" {parsed / (2 * loads + own):.2f} | {whole:.1f} | {least_plain:.1f} |"
            f" {parsed / (2 * loads + least_plain):.2f} |"
        )


if __name__ == "__main__":
    main()
