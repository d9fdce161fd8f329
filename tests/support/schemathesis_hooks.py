"""What schemathesis is kept from making up: read by it, from SCHEMATHESIS_HOOKS."""

from __future__ import annotations

from typing import Any

import schemathesis

DEADLINE = "x-inferenceflow-deadline-ms"
ENOUGH_MS = 600_000


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Gives time to every deadline that is well formed: who is told in 1 ms that this cannot be done got the right 503."""
    del context, kwargs
    if case.headers is None:
        return
    for name, value in list(case.headers.items()):
        if name.lower() == DEADLINE and str(value).isascii() and str(value).isdigit() and 0 < int(value) < ENOUGH_MS:
            case.headers[name] = str(ENOUGH_MS)
