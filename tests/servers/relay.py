"""Stands between a program and a server on a unix socket; frozen, it holds back what the two say to each other, and keeps it."""
import asyncio
import os
import signal
import sys

from servers import Process, ROOT, undone_by, wait_until

PIECE = 65536


class Relay:
    """In front of a redis-server, for whoever is given its address. It freezes by itself before it passes the word `at` on."""

    def __init__(self, redis, at=""):
        self.path = redis.folder / "relay"
        self.process = Process([sys.executable, "-m", "servers.relay", self.path, redis.socket, at], redis.folder / "relay.err", cwd=ROOT / "tests")
        with undone_by(self.process.kill):
            wait_until(self.path.exists, "the relay listens")

    @property
    def address(self):
        return f"unix:{self.path}"

    def freeze(self):
        self.process.freeze()

    def thaw(self):
        self.process.thaw()

    def frozen(self):
        return self.process.status("State").startswith("T")

    def close(self):
        self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


async def carry(reader, writer, at=b""):
    while piece := await reader.read(PIECE):
        if at and at in piece:
            at = b""
            os.kill(os.getpid(), signal.SIGSTOP)
        writer.write(piece)
        await writer.drain()
    writer.close()


async def serve(path, server, at):
    async def meet(reader, writer):
        beyond, onward = await asyncio.open_unix_connection(server)
        await asyncio.gather(carry(reader, onward, at.encode()), carry(beyond, writer), return_exceptions=True)

    async with await asyncio.start_unix_server(meet, path) as listening:
        await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
