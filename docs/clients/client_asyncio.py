#!/usr/bin/env python3
"""Sends a request to keyauth and prints the answer, with asyncio and aiohttp.

    KEYAUTH_API_KEY=... ./client_asyncio.py https://host/predict < body.json
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


async def ask(session, url, body):
    """The status and the text; 429 and 503 are retried."""
    headers = {"Content-Type": "application/json"}
    if os.environ.get("KEYAUTH_API_KEY"):
        headers["Authorization"] = "Bearer " + os.environ["KEYAUTH_API_KEY"]
    for attempt in range(TRIES):
        async with session.post(url, data=body, headers=headers) as answer:
            text = await answer.text()
        if answer.status not in (429, 503) or attempt == TRIES - 1:
            return answer.status, text
        await asyncio.sleep(delay(answer.headers.get("Retry-After"), attempt))


async def main(url):
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        status, text = await ask(session, url, sys.stdin.buffer.read())
    print(text, file=sys.stdout if status == 200 else sys.stderr)
    return status != 200


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
