"""uvicorn's WebSockets as a link needs them: what a peer sends, or leaves unread, is bounded."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

PARSED_BYTES = 4096
"""Most bytes that are parsed before their frames are counted: the smallest frame has six."""

MOST_FRAMES = 512
"""Most frames of one read. Ten thousand fit into one: they would cost megabytes until they are
taken, and hold up everybody else. A node owes 256 answers (`hub.links`), and some that are late."""

MOST_PIECES = 64
"""Most frames of one message, for the same reason. Nobody of ours sends a second one."""


class BoundedLinkProtocol(WebSocketsSansIOProtocol):
    """WebSockets that end in time, whatever the peer sends and leaves unread.

    Closing a transport waits until its buffer is empty: for ever, with a peer that stops reading.
    """

    _frames_of_read = 0
    _late_pong = b""

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:
            self._take_request(data)
            return
        self._frames_of_read = 0
        for start in range(0, len(data), PARSED_BYTES):
            super().data_received(data[start : start + PARSED_BYTES])
            if self.transport.is_closing():
                break

    def _take_request(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:
            # The whole request came at once, and was none: uvicorn would wait on.
            self.transport.abort()

    def handle_events(self) -> None:
        self._frames_of_read += len(self.conn.events)
        if self._frames_of_read > MOST_FRAMES:
            self.transport.abort()
        else:
            super().handle_events()

    def handle_bytes(self, event: Any) -> None:
        super().handle_bytes(event)
        event.data = b""  # the parser keeps its last frame until the next one comes

    def handle_text(self, event: Any) -> None:
        event.data = b""  # refused whatever it says; uvicorn would log it
        super().handle_text(event)

    def handle_cont(self, event: Any) -> None:
        if self.curr_msg_data_type == "text":
            event.data = b""
        if len(self.frames) < MOST_PIECES:
            super().handle_cont(event)
        else:
            self.transport.abort()
        event.data = b""

    def send_receive_event_to_app(self) -> None:
        # uvicorn stops reading at every message until it is taken: four system calls each. Ours
        # are taken at once, so it is soon enough when a second one waits.
        self.read_paused = True
        super().send_receive_event_to_app()
        if self.queue.qsize() > 1 and not self.close_sent:
            self.transport.pause_reading()

    async def send(self, message: Any) -> None:
        # Of all that wait until a slow peer has read, uvicorn lets every one go at once.
        while not self.writable.is_set():
            await self.writable.wait()
        await super().send(message)

    def handle_ping(self) -> None:
        # A peer that pings and reads nothing must not fill memory with pongs. Only the most
        # recent ping needs an answer (RFC 6455 §5.5.3).
        pong = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(pong)
        elif pong:  # of all pings of one read, given out with the first
            self._late_pong = pong

    def resume_writing(self) -> None:
        super().resume_writing()
        self.transport.write(self._late_pong)
        self._late_pong = b""

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self.loop.call_later(self.close_timeout, self.transport.abort)
