#!/usr/bin/env python3
"""Says what the AWS CLI would not take of commands for it, by the models that it is made of (botocore's), without asking AWS.

Standard input: a JSON list of commands, each a list of words after `aws`. Standard output: a line each complaint.
"""

import json
import sys

import botocore.session
from botocore import xform_name

# https://docs.aws.amazon.com/cli/latest/reference/#global-options, as far as documents use them.
GLOBAL = {"--output", "--query", "--region", "--profile", "--no-cli-pager"}


def complaints(session, words):
    service, operation, *rest = words
    if service not in session.get_available_services():
        return [f"no service {service}"]
    model = session.get_service_model(service)
    if operation == "wait":
        waiter, *rest = rest
        waiters = session.get_waiter_model(service)
        names = {xform_name(name, "-"): name for name in waiters.waiter_names}
        if waiter not in names:
            return [f"nothing to wait for called {waiter}"]
        name = waiters.get_waiter(names[waiter]).operation
    else:
        names = {xform_name(name, "-"): name for name in model.operation_names}
        if operation not in names:
            return [f"no operation {operation}"]
        name = names[operation]
    shape = model.operation_model(name).input_shape
    flags = {"--" + xform_name(member, "-"): member for member in (shape.members if shape else {})}
    given = {word.split("=")[0] for word in rest if word.startswith("--")}
    missing = {flag for flag, member in flags.items() if member in shape.required_members} if shape else set()
    return [f"no flag {flag}" for flag in sorted(given - set(flags) - GLOBAL)] + [
        f"{flag} is missing" for flag in sorted(missing - given)
    ]


session = botocore.session.get_session()
for words in json.load(sys.stdin):
    for complaint in complaints(session, words):
        print(f"aws {' '.join(words)}: {complaint}")
