"""strict_server.py CALLS SECONDS [DELAY]: a target that enforces a sliding window to the letter.

A call is accepted when fewer than CALLS were accepted in the last SECONDS, and refused with 429 and Retry-After
otherwise. Each answer is held back for DELAY seconds; it is an empty list for GET, else a new object. Prints its port first; on SIGTERM prints a report as JSON and
ends. Times are those at which a whole request had arrived.
"""

import asyncio
import collections
import ctypes
import json
import math
import signal
import sys
import time


class Window:
    def __init__(self, calls, seconds):
        self.calls, self.seconds = calls, seconds
        self.accepted = []
        self.refused = 0
        self.recent = collections.deque()

    def admit(self):
        """None for an accepted call, else the seconds until the next would be."""
        now = time.monotonic()
        while self.recent and now - self.recent[0] >= self.seconds:
            self.recent.popleft()
        if len(self.recent) >= self.calls:
            self.refused += 1
            return self.seconds - (now - self.recent[0])
        self.recent.append(now)
        self.accepted.append(now)
        return None

    def report(self):
        times = self.accepted
        most, first = 0, 0
        for last, end in enumerate(times):
            while end - times[first] >= self.seconds:
                first += 1
            most = max(most, last - first + 1)
        return {
            "accepted": len(times),
            "refused": self.refused,
            "most_in_a_window": most,
            "busy": times[-1] - times[0] if times else 0.0,
            # A client that knows the window makes its n-th call when the (n - CALLS)-th is SECONDS old.
            "ideal": (len(times) - 1) // self.calls * self.seconds if times else 0.0,
        }


async def requests(reader):
    """Yields method and target of each whole request of a connection."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        await reader.readexactly(length)
        method, target, _ = head.partition(b"\r\n")[0].decode().split(" ")
        yield method, target


def answer(status, body, headers=()):
    """The bytes of an answer; `body` is JSON."""
    body = body.encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def listen(respond):
    """Answers each request with the bytes that `respond` makes of its method and target, until SIGTERM; prints its port."""

    async def connection(reader, writer):
        try:
            async for method, target in requests(reader):
                writer.write(await respond(method, target))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(connection, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()


async def serve(window, delay):
    async def respond(method, _):
        wait = window.admit()
        number = len(window.accepted)
        await asyncio.sleep(delay)
        if wait is None and method == "GET":
            return answer("200 OK", '{"data":[]}')
        if wait is None:
            return answer("201 Created", json.dumps({"data": {"id": number}}))
        headers = [f"Retry-After: {math.ceil(wait)}"]
        return answer("429 Too Many Requests", '{"message":"too many calls"}', headers)

    await listen(respond)
    print(json.dumps(window.report()), flush=True)


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # end with the parent
    calls, seconds = int(sys.argv[1]), float(sys.argv[2])
    delay = float(sys.argv[3]) if len(sys.argv) > 3 else 0.02
    asyncio.run(serve(Window(calls, seconds), delay))
