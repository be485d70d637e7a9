"""What schemathesis leaves alone, above all the user that it signs in as."""

import itertools
import os
import re

import schemathesis

OWN = os.environ["OWN_USER"]

TRIES = itertools.count()


def names_own_user(case):
    parts = case.path_parameters or {}
    is_named = any(str(part) == OWN for part in parts.values())
    return is_named and case.path.startswith("/v1/users/")


@schemathesis.hook
def filter_case(context, case):
    return not names_own_user(case)


@schemathesis.hook
def before_call(context, case, kwargs):
    # Links between calls fill in names that were listed.
    if names_own_user(case):
        case.path_parameters["name"] = "nobody"
    # A repeat is answered as the first request was, also when what that made is gone by now.
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]{1,200}", key):
        case.headers["Idempotency-Key"] = f"tried-{next(TRIES)}"


@schemathesis.hook
def map_body(context, body):
    return whole(body)


def whole(value):
    """The value with 7 in place of 7.0, which is an integer for JSON Schema and not for control."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {name: whole(item) for name, item in value.items()}
    return value


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # Control slows down who fails to sign in too often: 429 is a refusal, too.
    is_probe = type(failure).__name__ == "IgnoredAuth"
    return not (is_probe and "429 Too Many Requests" in failure.message)
