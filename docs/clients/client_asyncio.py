#!/usr/bin/env python3
"""Sends a request to keyauth and prints the answer, with asyncio and aiohttp.

    KEYAUTH_API_KEY=... ./client_asyncio.py https://host/predict < body.json
    ./client_asyncio.py 'https://host/enrol?UserID=ann' DELETE
"""

import asyncio
import email.utils
import os
import random
import sys
import time

import aiohttp

TRIES = 5


def delay(after, attempt):
    """Seconds to wait: Retry-After is a number of them, or a date."""
    try:
        seconds = (int(after) if after.isdecimal() else
                   email.utils.parsedate_to_datetime(after).timestamp()
                   - time.time())
    except (AttributeError, TypeError, ValueError):
        seconds = 2 ** attempt * random.uniform(0.25, 0.75)
    return min(max(seconds, 0), 60)


async def ask(session, url, body=None, method="POST"):
    """The status and the text; 429 and 503 are retried."""
    headers = {"Content-Type": "application/json"}
    if os.environ.get("KEYAUTH_API_KEY"):
        headers["Authorization"] = "Bearer " + os.environ["KEYAUTH_API_KEY"]
    for attempt in range(TRIES):
        async with session.request(method, url, data=body,
                                   headers=headers) as answer:
            text = await answer.text()
        if answer.status not in (429, 503) or attempt == TRIES - 1:
            return answer.status, text
        await asyncio.sleep(delay(answer.headers.get("Retry-After"), attempt))


async def main(url, method="POST"):
    body = sys.stdin.buffer.read() if method == "POST" else None
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        status, text = await ask(session, url, body, method)
    print(text, file=sys.stdout if status < 300 else sys.stderr)
    return status >= 300


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
