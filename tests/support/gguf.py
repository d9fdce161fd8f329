"""GGUF files as small as they come. Source: GGUF specification, version 3."""

from __future__ import annotations

import struct

_STRING, _UINT32, _F32, _ALIGNMENT = 8, 4, 0, 32


def _text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def tiny_gguf(weights: int = 65_536, architecture: str = "llama") -> bytes:
    """A file that names its architecture and has one tensor of so many numbers, each different from its neighbour."""
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 2)
    head += _text("general.architecture") + struct.pack("<I", _STRING) + _text(architecture)
    head += _text("general.file_type") + struct.pack("<II", _UINT32, 0)
    head += _text("weights") + struct.pack("<IQIQ", 1, weights, _F32, 0)
    head += b"\0" * (-len(head) % _ALIGNMENT)
    return head + struct.pack(f"<{weights}f", *(float(at) for at in range(weights)))
