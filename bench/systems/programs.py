"""The article's way: asyncio, reads run concurrently, computations in the event loop. Requests come as JSON on stdin."""
import asyncio
import json
import resource
import sys
import time


def spend(busy_ms, block_ms):
    if block_ms > 0:
        time.sleep(block_ms / 1000)
    end = time.perf_counter() + busy_ms / 1000
    while busy_ms > 0 and time.perf_counter() < end:
        pass


async def main():
    work = json.load(sys.stdin)
    places = asyncio.Semaphore(work["readsAtOnce"])
    totals, effects = {}, []
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()

    async def one(request):
        async with places:
            if request["readMs"] > 0:
                await asyncio.sleep(request["readMs"] / 1000)
        total = totals.setdefault(request["key"], {"count": 0, "sum": 0})
        for value in request["values"]:
            spend(request["busyMs"], request["blockMs"])
            total["count"] += 1
            total["sum"] += value
        effects.append({"atMs": (time.perf_counter() - start) * 1000, "readings": len(request["values"])})

    await asyncio.gather(*(one(request) for request in work["requests"]))
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000
    json.dump({"effects": effects, "cpuMs": cpu, "totals": totals}, sys.stdout)


asyncio.run(main())
