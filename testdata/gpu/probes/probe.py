"""How long streams wait while one prompt at a time comes: k steady decodes, prompts of T tokens, one after the other.

python3 probe.py PORT MODEL OUT.jsonl K,K,… T,T,… [SHORTER]
T = 0 is a short French chat, as the ladders have it; else a completion of T random token ids.
Per prompt one line: k, tokens, sent and first token (ms since the first prompt's sending), and of three decode streams the chunks'
arrival from 60 ms before the prompt was sent to 120 ms after its first token; per (k, T) a line with the server's own sums.
"""
import asyncio, json, random, sys, time, urllib.request

port, model, out = int(sys.argv[1]), sys.argv[2], open(sys.argv[3], "a")
ks, ts = ([int(x) for x in a.split(",")] for a in sys.argv[4:6])
shorter = len(sys.argv) > 6
rng = random.Random(16)
names = ("time_to_first_token_seconds", "request_queue_time_seconds", "request_prefill_time_seconds")


def ids(n):
    return [rng.randrange(1000, 100000) for _ in range(n)]


async def ask(path, body):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    data = json.dumps(body).encode()
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
    return reader, writer


def metrics():
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    sums = {}
    for line in text.splitlines():
        for n in names:
            for part in ("_sum", "_count"):
                if line.startswith(f"vllm:{n}{part}"):
                    sums[n + part] = sums.get(n + part, 0) + float(line.rsplit(" ", 1)[1])
    return sums


async def decode(seen, ready):
    reader, writer = await ask("/v1/completions", {"model": model, "prompt": ids(64), "max_tokens": 4000, "stream": True, "ignore_eos": True})
    try:
        while data := await reader.read(65536):
            if seen is not None:
                seen.append(time.perf_counter())
            if b"data:" in data and not ready.done():
                ready.set_result(None)
    finally:
        writer.close()


async def prompt(tokens):
    if tokens == 0:
        path, body = "/v1/chat/completions", {"messages": [{"role": "user", "content": f"{rng.randrange(10**6)} Quelle est la capitale de la France et quand la Tour Eiffel a-t-elle été construite?"}],
                                              "chat_template_kwargs": {"enable_thinking": False}}
    else:
        path, body = "/v1/completions", {"prompt": ids(tokens)}
    sent = time.perf_counter()
    reader, writer = await ask(path, {"model": model, "max_tokens": 2, "stream": True, "ignore_eos": True, **body})
    first = None
    text = b""
    while data := await reader.read(65536):
        text += data
        if first is None and (text.count(b"data:") >= (2 if tokens == 0 else 1)):   # a chat's first chunk names the role
            first = time.perf_counter()
        if b"[DONE]" in text:
            break
    writer.close()
    if first is None:
        raise SystemExit(f"no answer: {text[:400]}")
    return sent, first


async def level(k, tokens):
    loop = asyncio.get_running_loop()
    seen = [[] for _ in range(min(k, 3))]
    ready = [loop.create_future() for _ in range(k)]
    streams = [asyncio.create_task(decode(seen[i] if i < len(seen) else None, ready[i])) for i in range(k)]
    if k:
        await asyncio.wait_for(asyncio.gather(*ready), 20)
    await asyncio.sleep(.35)
    before = metrics()
    n = 8 if tokens < 600 else 5
    if shorter:
        n = n // 2 + 1
    came = []
    for _ in range(n):
        came.append(await prompt(tokens))
        await asyncio.sleep(.2 + rng.random() * .1)
    after = metrics()
    for s in streams:
        s.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    zero = came[0][0]
    for sent, first in came:
        chunks = [[round((t - zero) * 1e3, 2) for t in s if sent - .06 <= t <= first + .12] for s in seen]
        out.write(json.dumps({"k": k, "tokens": tokens, "sent": round((sent - zero) * 1e3, 2), "first": round((first - zero) * 1e3, 2), "chunks": chunks}) + "\n")
    out.write(json.dumps({"k": k, "tokens": tokens, "prompts": n, "server": {m: round(after[m] - before.get(m, 0), 6) for m in after}}) + "\n")
    out.flush()
    await asyncio.sleep(.15)


async def main():
    await level(0, ts[-1])   # warms up
    for k in ks:
        for tokens in ts:
            await level(k, tokens)

asyncio.run(main())
