"""AWS' event stream: frames with lengths, typed headers and two checksums."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """One message: prelude of two lengths and their CRC, string headers, payload, CRC of all before."""
    packed = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(packed) + len(payload), len(packed))
    prelude += struct.pack(">I", zlib.crc32(prelude))
    message = prelude + packed + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    return struct.pack(">B", len(name)) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()


def event(kind: str, document: dict) -> bytes:
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, json.dumps(document).encode())


def exception(kind: str, message: str) -> bytes:
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return frame(headers, json.dumps({"message": message}).encode())


def frames_of(data: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """Headers and payload of each message; raises ValueError where a length or checksum is wrong."""
    while data:
        total, packed, prelude_crc = struct.unpack(">III", data[:12])
        if zlib.crc32(data[:8]) != prelude_crc or total > len(data):
            raise ValueError("the prelude of a frame is wrong")
        if zlib.crc32(data[: total - 4]) != struct.unpack(">I", data[total - 4 : total])[0]:
            raise ValueError("the checksum of a frame is wrong")
        headers, rest = {}, data[12 : 12 + packed]
        while rest:
            size = rest[0]
            length = struct.unpack(">H", rest[2 + size : 4 + size])[0]
            headers[rest[1 : 1 + size].decode()] = rest[4 + size : 4 + size + length].decode()
            rest = rest[4 + size + length :]
        yield headers, data[12 + packed : total - 4]
        data = data[total:]
