"""listing_server.py BODIES [DELAY]: a target that holds an object for each line of BODIES, a file of JSON objects.

`GET /people?page=N&size=S` answers page N, from 0, of S objects, each with an `id`; DELAY seconds late. Prints its port
first; on SIGTERM prints as JSON how many pages it gave and how many other calls came, and ends.
"""

import asyncio
import ctypes
import json
import signal
import sys
import urllib.parse

from strict_server import answer, listen


def load(path):
    with open(path) as file:
        return [json.dumps({"id": number} | json.loads(line)) for number, line in enumerate(file, 1)]


def page(objects, target):
    query = urllib.parse.parse_qs(target.partition("?")[2])
    number, size = int(query["page"][0]), int(query["size"][0])
    return '{"data":[' + ",".join(objects[number * size : (number + 1) * size]) + "]}"


async def serve(objects, delay):
    counts = {"pages": 0, "others": 0}

    async def respond(method, target):
        await asyncio.sleep(delay)
        if method == "GET" and target.startswith("/people?"):
            counts["pages"] += 1
            return answer("200 OK", page(objects, target))
        counts["others"] += 1
        return answer("405 Method Not Allowed", "{}")

    await listen(respond)
    print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # end with the parent
    asyncio.run(serve(load(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.02))
