"""What the server core needs to know about a protocol, and the checks that protocols share."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from support.fakes.asked import asked, picture
from support.upstream_script import behaviour, refused, seen_request

CALL_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
WORDS = {  # what providers say, by status; {model} is filled in
    400: "The request is not valid.",
    404: "The model '{model}' does not exist or you do not have access to it.",
    429: "Rate limit reached for requests.",
    500: "The server had an error while processing your request.",
    503: "The service is temporarily unavailable.",
    529: "Overloaded",
}


class shape:
    """One protocol. Knows documents and events; sockets, times and faults are the server core's."""

    name = ""
    document_type = "application/json"
    stream_type = "text/event-stream; charset=utf-8"
    words_401 = "Invalid API key provided: {key}"

    def model_of(self, request: seen_request) -> str:
        body = body_of(request)
        return str(body.get("model", ""))

    def wants_stream(self, request: seen_request) -> bool:
        return body_of(request).get("stream") is True

    def check(self, request: seen_request) -> asked | None:
        """What is asked for; None where nothing is to be generated. Raises `refused` as the provider would refuse."""
        raise NotImplementedError

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        raise NotImplementedError

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        raise NotImplementedError

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        """The provider's error document and the header fields that come with it."""
        raise NotImplementedError

    def error_event(self, message: str, how: behaviour) -> bytes:
        """An error in the middle of a stream."""
        raise NotImplementedError

    def garbage_event(self) -> bytes:
        return b"data: {{{ not json\n\n"

    def own_words(self, status: int, request: seen_request) -> str:
        """What the provider says of this status: with the key in it where real ones put it."""
        if status in (401, 403):
            return self.words_401.format(key=key_of(request))
        return WORDS.get(status, f"Status {status}.").format(model=request.model)


def key_of(request: seen_request) -> str:
    for name in ("x-api-key", "x-goog-api-key", "authorization"):
        value = request.header(name)
        if value:
            return value.removeprefix("Bearer ")
    return ""


def body_of(request: seen_request) -> dict:
    """The body as an object; {} when it is none."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def strict_body(request: seen_request) -> dict:
    try:
        body = json.loads(request.body)
    except ValueError as fault:
        raise refused(400, f"We could not parse the JSON body of your request: {fault}") from None
    require(isinstance(body, dict), "the body must be a JSON object")
    return body


def require(holds: object, message: str, status: int = 400) -> None:
    if not holds:
        raise refused(status, message)


def only(document: dict, allowed: Iterable[str], where: str) -> None:
    """Refuses members that the provider does not know, as strict providers do."""
    require(isinstance(document, dict), f"{where}: should be an object")
    unknown = sorted(set(document) - set(allowed))
    require(not unknown, f"{where}: unknown field {', '.join(map(repr, unknown))}")


def number_in(document: dict, name: str, least: float, most: float, where: str = "") -> None:
    value = document.get(name)
    good = value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most)
    require(good, f"{where}{name}: must be a number from {least} to {most}, got {value!r}")


def need_key(request: seen_request, header: str, prefix: str = "") -> None:
    value = request.header(header) or ""
    require(value.startswith(prefix) and len(value) > len(prefix), f"no credentials in {header}", 401)


def object_of(text: object, where: str) -> dict:
    """Arguments of a call: a JSON object as text."""
    try:
        value = json.loads(str(text))
    except ValueError:
        raise refused(400, f"{where}: is not JSON: {text!r}") from None
    require(isinstance(value, dict), f"{where}: is not a JSON object: {text!r}")
    return value


def spoken_arguments(text: object, where: str) -> dict:
    """Arguments where the provider takes any string: what is no JSON object stands under an empty name."""
    require(isinstance(text, str), f"{where}: must be a string")
    try:
        value = json.loads(str(text))
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"": text}


def decoded(text: object, where: str, web: bool = False) -> bytes:
    """The bytes of base64; with `web` also of base64url, with or without its padding."""
    given = str(text)
    if web:
        given = given.replace("-", "+").replace("_", "/")
        given += "=" * (-len(given) % 4)
    try:
        data = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise refused(400, f"{where}: is not base64") from None
    require(data, f"{where}: is empty")
    return data


def picture_of_url(url: object, where: str) -> picture:
    """A `data:` URL or an address."""
    require(isinstance(url, str), f"{where}: must be a string")
    text = str(url)
    if text.startswith("data:"):
        head, comma, data = text[5:].partition(",")
        require(comma and head.endswith(";base64"), f"{where}: data URLs must be base64")
        return checked_picture(head.removesuffix(";base64"), decoded(data, where), where)
    require(urlsplit(text).scheme in ("http", "https"), f"{where}: must be an http(s) or a data URL")
    return picture(url=text)


MAGIC = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8", "image/webp": b"RIFF"}


def checked_picture(media_type: str, data: bytes, where: str) -> picture:
    require(media_type in MAGIC, f"{where}: unsupported image type {media_type!r}")
    require(data.startswith(MAGIC[media_type]), f"{where}: the bytes are not {media_type}")
    return picture(media_type=media_type, data=data)


def schema_object(value: object, where: str) -> dict:
    require(isinstance(value, dict) and value, f"{where}: must be a JSON schema object")
    assert isinstance(value, dict)
    return value


def pieces(text: str) -> list[str]:
    """The text word by word, as a model would deliver it."""
    words = text.split(" ")
    return [word if i == 0 else " " + word for i, word in enumerate(words)] if text else []


def halves(text: str) -> list[str]:
    """Arguments in two pieces: no provider sends them whole."""
    middle = len(text) // 2
    return [part for part in (text[:middle], text[middle:]) if part]


def compact(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def sse(document: object, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {compact(document)}\n\n".encode()
