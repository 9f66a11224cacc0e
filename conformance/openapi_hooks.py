"""What schemathesis must be told before it can try the flat door."""

from typing import Any

import schemathesis


@schemathesis.serializer("message/rfc822")
def letter(context: Any, value: Any) -> bytes:
    """The only body that is not JSON: a mail."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """No header that is empty or beyond ASCII: either comes to us as if it were absent (docs/conformance.md)."""
    return all(str(value) and str(value).isascii() for value in (case.headers or {}).values())
