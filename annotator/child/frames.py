"""What a process and its child send each other: a JSON object, then bytes. Nothing received is executed."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

LENGTHS = struct.Struct(">II")  # bytes of the JSON, and of what follows it
BLOCK_BYTES = 1 << 20


def send(channel: socket.socket, facts: dict[str, Any], body: bytes = b"") -> None:
    """Send both whole. Raises OSError when the other side is gone."""
    text = json.dumps(facts).encode()
    channel.sendall(LENGTHS.pack(len(text), len(body)) + text)
    channel.sendall(body)


def receive(channel: socket.socket) -> tuple[dict[str, Any], bytes]:
    """(facts, body). Raises EOFError when the other side is gone."""
    text_length, body_length = LENGTHS.unpack(_exactly(channel, LENGTHS.size))
    facts = json.loads(_exactly(channel, text_length))
    return facts, bytes(_exactly(channel, body_length))


def _exactly(channel: socket.socket, length: int) -> bytearray:
    data = bytearray()
    while len(data) < length:
        block = channel.recv(min(length - len(data), BLOCK_BYTES))
        if not block:
            raise EOFError
        data += block
    return data
