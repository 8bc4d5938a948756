"""The form that an upload is: the fields in their order, and the file last. Pure functions.

HTTP libraries make such forms too, but neither keeps fields of one name in their order with a
file that is streamed behind them and a length that is known before.
"""

from collections.abc import Iterable


def before_file(fields: Iterable[tuple[str, str]], boundary: str) -> bytes:
    """All that comes before the file's content: the fields, and the head of the file's part."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'
        for name, value in fields
    ]
    # Plain keeps the name that it was told before; its documentation calls the part `file`.
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return "".join(parts).encode("utf-8", "surrogatepass")


def after_file(boundary: str) -> bytes:
    """All that comes behind the file's content."""
    return f"\r\n--{boundary}--\r\n".encode()


def _quoted(name: str) -> str:
    """A field's name as browsers write it."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
