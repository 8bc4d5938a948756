"""The ground of the generated models: open enums, open unions, inputs."""

import copy
import json
import pickle
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from plain_sdk.types import (
    Customer,
    CustomersSort,
    MachineUserActor,
    Unknown,
    UpsertCustomerInput,
    UpsertResult,
)

NAMES = st.from_regex(r"[A-Z][A-Z_]{0,20}", fullmatch=True)


@given(NAMES)
def test_an_enum_keeps_every_value(text: str) -> None:
    """A value, known or not, is its wire text: equal, same hash, round-trips, pickles."""
    value = TypeAdapter(UpsertResult).validate_json(json.dumps(text))
    assert isinstance(value, UpsertResult)
    assert value == text
    assert hash(value) == hash(text)
    assert str(value) == f"{value}" == value.value == text
    assert value.is_known == (text in ("CREATED", "UPDATED", "NOOP"))
    assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == value
    assert TypeAdapter(UpsertResult).dump_json(value) == json.dumps(text).encode()


def test_known_values_stay_members() -> None:
    """Identity and iteration are those of any enum; unknown values do not join in."""
    assert UpsertResult("CREATED") is UpsertResult.CREATED
    UpsertResult("SOMETHING_NEW")
    assert [member.value for member in UpsertResult] == ["UPDATED", "CREATED", "NOOP"]
    with pytest.raises(ValueError, match="7"):
        UpsertResult(cast("str", 7))


def answer(**more: Any) -> dict[str, Any]:
    moment = {"__typename": "DateTime", "iso8601": "2026-01-01T00:00:00.000Z", "unixTimestamp": "1"}
    actor = {"__typename": "MachineUserActor", "machineUserId": "mu_1"}
    return {
        "__typename": "Customer", "id": "c_1", "fullName": "D", "isAnonymous": False,
        "email": {"email": "d@x", "isVerified": True, "verifiedAt": None},
        "createdAt": moment, "createdBy": actor, "updatedAt": moment, "updatedBy": actor, **more,
    }  # fmt: skip


def test_an_unknown_union_member_keeps_its_name_and_data() -> None:
    """A member that is newer than this version breaks nothing, and is not lost."""
    robot = {"__typename": "RobotActor", "robotId": "r_1", "deep": {"list": [1]}}
    customer = Customer.model_validate_json(json.dumps(answer(createdBy=robot)))
    assert isinstance(customer.created_by, Unknown)
    assert customer.created_by.typename__ == "RobotActor"
    assert customer.created_by.data == {"robotId": "r_1", "deep": {"list": [1]}}
    assert isinstance(customer.updated_by, MachineUserActor)
    assert customer.model_dump(by_alias=True)["createdBy"] == robot
    assert pickle.loads(pickle.dumps(customer)) == customer


def test_a_known_member_that_does_not_fit_is_an_error_of_its_own() -> None:
    """`Unknown` is no excuse for a broken member that is known."""
    with pytest.raises(ValidationError, match="machineUserId"):
        Customer.model_validate(answer(createdBy={"__typename": "MachineUserActor"}))


def test_unknown_fields_are_ignored() -> None:
    """A field that the API adds does not show up, and does not break."""
    customer = Customer.model_validate(answer(favouriteColour="red"))
    assert "favouriteColour" not in customer.model_dump(by_alias=True)


def test_results_can_be_made_by_hand() -> None:
    """In users' tests, with the names of Python and without what may be null."""
    actor = MachineUserActor(machine_user_id="mu_1")
    assert actor.typename__ == "MachineUserActor"
    with pytest.raises(ValidationError):
        setattr(actor, "machine_user_id", "mu_2")  # noqa: B010


@given(st.sets(st.sampled_from(["full_name", "short_name", "external_id"])), st.booleans())
def test_what_is_not_given_is_not_sent(members: set[str], camel: bool) -> None:
    """Inputs serialise exactly the members that they were given."""
    names = {"full_name": "fullName", "short_name": "shortName", "external_id": "externalId"}
    update = {names[m] if camel else m: "x" for m in members}
    made = UpsertCustomerInput.model_validate(
        {
            "identifier": {"customerId": "c_1"},
            "onCreate": {"fullName": "D", "email": {"email": "d@x", "isVerified": False}},
            "onUpdate": update,
        }
    )
    sent = json.loads(made.model_dump_json(by_alias=True, exclude_unset=True))
    assert sent["onUpdate"] == {names[m]: {"value": "x"} for m in members}


def test_an_enum_in_an_input_takes_its_text() -> None:
    """Also a text that this version does not know."""
    sort = CustomersSort.model_validate({"field": "AGE", "direction": "ASC"})
    assert json.loads(sort.model_dump_json()) == {"field": "AGE", "direction": "ASC"}
