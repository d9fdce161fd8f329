"""One connection of the fake upstream: raw HTTP/1.1, so that every kind of misbehaviour can be scripted."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from support.upstream_script import behaviour, fault, refused, seen_request

if TYPE_CHECKING:
    from support.fake_upstream import fake_upstream


class peer_gone(Exception):
    """The gateway closed its side."""


REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}
RESETS = {fault.reset_before_head, fault.reset_mid_body, fault.reset_mid_stream}


class upstream_connection:
    """Reads requests, asks the script what to do, does it."""

    def __init__(self, owner: fake_upstream, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._owner = owner
        self._number = number
        self._reader = reader
        self._writer = writer
        self._ahead = b""
        self._gone = asyncio.Event()

    async def serve(self) -> None:
        keep = True
        while keep:
            request = await self._read_request()
            if request is None:
                return
            keep = await self._answer(request)

    async def _read_request(self) -> seen_request | None:
        try:
            head = self._ahead + await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        self._ahead = b""
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if line]
        request = seen_request(method, target, headers, b"", self._number)  # type: ignore[arg-type]
        length = int(request.header("content-length") or 0)
        try:
            if (request.header("transfer-encoding") or "").lower() == "chunked":
                request.body = await self._read_chunked()
            elif length:
                request.body = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return request

    async def _read_chunked(self) -> bytes:
        body = b""
        while True:
            size = int((await self._reader.readline()).split(b";")[0], 16)
            piece = await self._reader.readexactly(size + 2)
            if size == 0:
                return body
            body += piece[:-2]

    async def _answer(self, request: seen_request) -> bool:
        if request.target.startswith("/control"):
            return await self._control(request)
        self._read_meaning(request)
        self._owner.note(request)
        request.how = self._owner.behaviour_for(request)
        watcher = asyncio.ensure_future(self._watch_peer(request))
        work = asyncio.ensure_future(self._perform(request, request.how))
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                return False
            keep = work.result()
            request.answered = True
            return keep
        except (ConnectionError, peer_gone):
            request.peer_closed = True
            return False
        finally:
            for task in (watcher, work, gone):
                task.cancel()
            await asyncio.gather(watcher, work, gone, return_exceptions=True)

    def _read_meaning(self, request: seen_request) -> None:
        request.named_model = self._owner.shape.model_of(request)
        try:
            request.asked = self._owner.shape.check(request)
        except refused as why:
            request.refusal = why
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as why:
            request.refusal = refused(400, f"malformed request: {type(why).__name__}: {why}")

    async def _watch_peer(self, request: seen_request) -> None:
        with contextlib.suppress(ConnectionError):
            data = await self._reader.read(1)
            if data:
                self._ahead = data
                return
        request.peer_closed = True
        self._gone.set()

    async def _control(self, request: seen_request) -> bool:
        answer: object = {"requests": [[r.method, r.target, r.body.decode("latin-1")] for r in self._owner.requests]}
        if request.method == "POST":
            order = json.loads(request.body)
            self._owner.script(order["model"], behaviour.from_json(order.get("behaviour", {})))
            answer = {"ok": True}
        await self._send(self._head(200, "application/json", json.dumps(answer).encode()))
        return True

    async def _perform(self, request: seen_request, how: behaviour) -> bool:
        if how.head_delay_s or how.latency:
            await asyncio.sleep(how.head_delay_s + (how.latency.next_s() if how.latency else 0.0))
        if how.hold_head:
            await self._owner.gate.passed()
        if how.fault in (fault.reset_before_head, fault.close_before_head):
            return self._hang_up(reset=how.fault in RESETS)
        if how.fault is fault.stall_head:
            await self._gone.wait()
        if how.fault is fault.garbage:
            await self._send(b"\x00\x01SSH-2.0-not http at all\r\n\r\n\xff\xfe" * 4)
            return False
        if how.fault is fault.flood_head:
            await self._send(b"HTTP/1.1 200 OK\r\n")
            await self._flood(b"x-flood: " + b"h" * 1000 + b"\r\n")
        if how.fault is fault.informational:
            await self._send(b"HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n")
        shape = self._owner.shape
        if how.status != 200:
            message = shape.own_words(how.status, request) if how.own_error else how.error_message
            return await self._send_error(how.status, message, how)
        if request.refusal is not None:
            return await self._send_error(request.refusal.status, request.refusal.message, how)
        number = self._owner.next_answer_number()
        if shape.wants_stream(request):
            return await self._stream(request, how, shape.events(request, how, number))
        document = shape.document(request, how, number)
        request.sent += document
        return await self._send_document(document, how)

    @staticmethod
    def _ended(events: Iterator[bytes], how: behaviour) -> Iterator[bytes]:
        """The events with the end that the script wants: with or without [DONE], whole or cut short."""
        last = b""
        for event in events:
            if event == b"data: [DONE]\n\n" and how.fault is fault.end_without_done:
                break
            if last:
                yield last
            last = event
        yield last[: len(last) - how.end_cut_bytes]

    @staticmethod
    def _misordered(events: Iterator[bytes], how: behaviour) -> Iterator[bytes]:
        """The event at the scripted place comes behind the next one, or twice."""
        held = b""
        for number, event in enumerate(events):
            if number == how.fault_at_event:
                if how.fault is fault.repeated_event:
                    yield event
                else:
                    held = event
                    continue
            yield event
            if held:
                yield held
                held = b""
        if held:
            yield held

    async def _send_error(self, status: int, message: str, how: behaviour) -> bool:
        body, headers = self._owner.shape.error(status, message, how)
        if how.retry_after:
            headers = [*headers, ("Retry-After", how.retry_after)]
        await self._send(self._head(status, self._owner.shape.document_type, body, headers))
        return True

    async def _send_document(self, body: bytes, how: behaviour) -> bool:
        headers = list(how.extra_headers)
        if how.fault is fault.garbage_json:
            body = b'{"id": "x", "choices": [ {{{ this is not json'
        if how.fault in (fault.truncated_json, fault.empty_body):
            body = body[: len(body) // 2] if how.fault is fault.truncated_json else b""
        kind = "text/html" if how.fault is fault.wrong_content_type else self._owner.shape.document_type
        if how.fault is fault.gzip:
            body, headers = gzip.compress(body), [*headers, ("Content-Encoding", "gzip")]
        message = self._chunked(kind, body, headers) if how.chunked else self._head(200, kind, body, headers)
        head_end = message.index(b"\r\n\r\n") + 4
        match how.fault:
            case fault.both_lengths:
                line = b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
                await self._send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + line + b"%x\r\n" % len(body))
                await self._send(body + b"\r\n0\r\n\r\n")
            case fault.short_length | fault.close_mid_body | fault.reset_mid_body:
                await self._send(message[: head_end + len(body) // 2])
                return self._hang_up(reset=how.fault in RESETS)
            case fault.close_mid_head:
                await self._send(message[: head_end // 2])
                return self._hang_up(reset=False)
            case fault.stall_body:
                await self._send(message[: head_end + len(body) // 2])
                await self._gone.wait()
            case fault.flood_body:
                await self._send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
                await self._flood(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            case fault.bad_chunk:
                await self._send(self._stream_head("application/json") + b"zz\r\nnot a chunk\r\n")
            case fault.slow_drip:
                for i in range(len(message)):
                    await self._send(message[i : i + 1])
            case _:
                await self._send(message)
        return how.fault is not fault.close_after

    async def _stream(self, request: seen_request, how: behaviour, events: Iterator[bytes]) -> bool:
        wrong = how.fault is fault.wrong_content_type
        kind = "text/html" if wrong else self._owner.shape.stream_type
        await self._send(self._stream_head(kind, list(how.extra_headers)))
        if how.fault in (fault.reordered_events, fault.repeated_event):
            events = self._misordered(events, how)
        for number, event in enumerate(self._ended(events, how)):
            if number == how.hold_after_events:
                await self._owner.gate.passed()
            if how.fault is not fault.none and number == how.fault_at_event:
                if not await self._break_stream(how):
                    return how.fault is fault.error_event
            request.sent += event
            await self._send_event(event, how)
            request.events_sent += 1
            if how.chunk_delay_s or how.pause:
                await asyncio.sleep(how.chunk_delay_s + (how.pause.next_s() if how.pause else 0.0))
        await self._send(b"0\r\n\r\n")
        return how.fault is not fault.close_after

    async def _send_event(self, event: bytes, how: behaviour) -> None:
        if how.fault is not fault.slow_drip:
            await self._send(b"%x\r\n%b\r\n" % (len(event), event))
            return
        for i in range(len(event)):
            await self._send(b"1\r\n%b\r\n" % event[i : i + 1])

    async def _break_stream(self, how: behaviour) -> bool:
        """Does the scripted harm in the middle of a stream. False: the answer is over."""
        match how.fault:
            case fault.close_mid_stream | fault.reset_mid_stream:
                return self._hang_up(reset=how.fault in RESETS)
            case fault.stall_stream:
                await self._gone.wait()
            case fault.flood_event:
                await self._flood(b"10000\r\n" + b"data: " + b"y" * 65530 + b"\r\n")
            case fault.garbage_event:
                await self._send_event(self._owner.shape.garbage_event(), how)
            case fault.bad_chunk:
                await self._send(b"zz\r\nnot a chunk\r\n")
            case fault.error_event:
                await self._send_event(self._owner.shape.error_event(how.error_message, how), how)
                await self._send(b"0\r\n\r\n")
                return False
        return True

    def _hang_up(self, reset: bool) -> bool:
        if reset:
            raw = self._writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
        return False

    async def _flood(self, block: bytes) -> None:
        while not self._gone.is_set():
            await self._send(block)
            self._owner.flooded_bytes += len(block)

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    @staticmethod
    def _lines(status: int, headers: list[tuple[str, str]]) -> bytes:
        first = f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}"
        lines = [first, *(f"{name}: {value}" for name, value in headers)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _head(self, status: int, kind: str, body: bytes, extra: list[tuple[str, str]] | None = None) -> bytes:
        common = [("Content-Type", kind), ("Content-Length", str(len(body))), *self._owner.answer_headers]
        return self._lines(status, [*common, *(extra or [])]) + body

    def _stream_head(self, kind: str, extra: list[tuple[str, str]] | None = None) -> bytes:
        common = [("Content-Type", kind), ("Transfer-Encoding", "chunked"), *self._owner.answer_headers]
        return self._lines(200, [*common, *(extra or [])])

    def _chunked(self, kind: str, body: bytes, extra: list[tuple[str, str]]) -> bytes:
        half = len(body) // 2
        parts = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in (body[:half], body[half:]) if p)
        return self._stream_head(kind, extra) + parts + b"0\r\n\r\n"
