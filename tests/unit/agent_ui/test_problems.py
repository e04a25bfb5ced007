"""Refusals as they leave the server."""

import json
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from agent_ui.problems import problem_response
from customers.errors import NotANumber, NumberHasExtension
from kernel.errors import InvalidInput


def told(error: InvalidInput, language: str) -> dict[str, Any]:
    request = make_mocked_request("POST", "/api/customers", headers={"Accept-Language": language})
    response = problem_response(error, request)
    assert response.status == 422
    assert isinstance(response.text, str)
    return dict(json.loads(response.text))


@pytest.mark.parametrize(
    ("error", "language", "words"),
    [
        (NotANumber("too short"), "zh", "这不是有效的电话号码。"),
        (NotANumber("too short"), "en", "This is not a phone number."),
        (NumberHasExtension("lost"), "zh", "客户号码不能带分机号：请只填写号码，把分机号写在备注里。"),
    ],
)
def test_the_one_field_that_is_refused_is_named(error: InvalidInput, language: str, words: str) -> None:
    error.field = "numbers.1"
    refused = told(error, language)
    assert (refused["code"], refused["message"]) == (error.code, words)
    assert refused["fields"] == {"numbers.1": words}


def test_a_refusal_of_no_single_field_names_none() -> None:
    assert "fields" not in told(NotANumber("too short"), "zh")
