"""People pay, providers tell of it three times, staff pays back, and all the while something is killed."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import random
import secrets
import time
from typing import Any

import httpx

from bench.chaos.jobs import ask
from bench.chaos.line import Line, a_line
from bench.chaos.messages import until_back
from bench.chaos.people import Door
from bench.chaos.results import Result
from bench.chaos.services import House, Lab

BUYERS = ("alice", "bob", "charlie", "sana", "tariq")
GOOD, DECLINED = "4242424242424242", "4000000000000002"
COPIES = 3
REST_SECONDS = 300  # claims of killed workers lapse after one minute, and some tries wait for others
TARGETS = ("worker", "web", "redis", "postgres")
SECRET = "chaos-" + secrets.token_hex(16)

# What must be empty when all has come to rest, and what it would mean.
FAULTS = {
    "paid at the provider, not here": """
        SELECT c.ref FROM billing_sandboxcheckout c LEFT JOIN billing_payment p ON p.provider_ref = c.ref
        WHERE c.state = 'paid' AND (p.id IS NULL OR p.state NOT IN ('paid', 'partially_refunded', 'refunded'))""",
    "paid here, not at the provider": """
        SELECT p.ref FROM billing_payment p LEFT JOIN billing_sandboxcheckout c ON p.provider_ref = c.ref
        WHERE p.state IN ('paid', 'partially_refunded', 'refunded') AND (c.id IS NULL OR c.state <> 'paid')""",
    "paid, and not exactly one grant": """
        SELECT p.ref, count(g.id) FROM billing_payment p LEFT JOIN billing_grant g ON g.payment_id = p.id
        WHERE p.state IN ('paid', 'partially_refunded', 'refunded') AND p.flag = ''
        GROUP BY p.id HAVING count(g.id) <> 1""",
    "a grant that nobody paid for": """
        SELECT g.id FROM billing_grant g JOIN billing_payment p ON g.payment_id = p.id
        WHERE p.state NOT IN ('paid', 'partially_refunded', 'refunded')""",
    "flagged": "SELECT ref, flag FROM billing_payment WHERE flag <> ''",
    "refunds do not add up": """
        SELECT p.ref, p.refunded, p.refunding, coalesce(sum(r.amount) FILTER (WHERE r.state = 'done'), 0)
        FROM billing_payment p LEFT JOIN billing_refund r ON r.payment_id = p.id GROUP BY p.id
        HAVING p.refunding <> 0 OR p.refunded > p.amount
            OR p.refunded <> coalesce(sum(r.amount) FILTER (WHERE r.state = 'done'), 0)""",
    "the provider paid back something else": """
        SELECT p.ref, p.refunded, coalesce(sum(s.amount), 0) FROM billing_payment p
        JOIN billing_sandboxcheckout c ON c.ref = p.provider_ref JOIN billing_sandboxcharge ch ON ch.id = c.charge_id
        LEFT JOIN billing_sandboxrefund s ON s.charge_id = ch.id
        GROUP BY p.id HAVING p.refunded <> coalesce(sum(s.amount), 0)""",
    "waits for ever": """
        SELECT 'event', event_id FROM billing_inboundevent WHERE due_at IS NOT NULL OR state = 'failed'
        UNION ALL SELECT 'fulfilment', payment_id::text FROM billing_fulfilment WHERE due_at IS NOT NULL
        UNION ALL SELECT 'refund', ref FROM billing_refund WHERE due_at IS NOT NULL
        UNION ALL SELECT 'webhook', event_id FROM billing_sandboxwebhook WHERE due_at IS NOT NULL""",
    "welcomed not exactly once": """
        SELECT (SELECT count(*) FROM core_mail WHERE name = 'billing/welcome'), count(*) FROM billing_payment
        WHERE state IN ('paid', 'partially_refunded', 'refunded') AND flag = ''
        HAVING count(*) <> (SELECT count(*) FROM core_mail WHERE name = 'billing/welcome')""",
}


class Shoppers:
    def __init__(self, house: House, line: Line, door: Door) -> None:
        self.house, self.line, self.door = house, line, door
        self.paid: list[str] = []  # references that the provider's page said were paid
        self.refunded = 0
        self.failures: list[str] = []
        self.over = asyncio.Event()

    async def shop(self, name: str) -> None:
        token, _ = await self.door.sign_in(name)
        while not self.over.is_set():
            try:
                await self.buy(token)
            except httpx.HTTPStatusError as refused:
                self.failures.append(f"{refused.request.url.path}: {refused.response.text[:200]}")
            await asyncio.sleep(random.uniform(0, 0.5))

    async def buy(self, token: str) -> None:
        body = {"plan": random.choice(["level1", "level2"]), "provider": "sandbox"}
        payment = await self.door.call("POST", "payments", token, {"Idempotency-Key": secrets.token_hex(12)}, json=body)
        page = f"{self.line.url}/sandbox/checkout/{payment['checkout_url'].rstrip('/').rpartition('/')[2]}"
        if random.random() < 0.1:
            return  # thinks better of it
        if random.random() < 0.2:
            await self.door.call("POST", f"{page}/pay", json={"card": DECLINED})
        told = await self.door.call("POST", f"{page}/pay", json={"card": GOOD})
        if told["state"] == "paid":
            self.paid.append(payment["id"])
            await self.tell_again(page.rpartition("/")[2])
        if random.random() < 0.5:
            await self.door.call("GET", f"payments/{payment['id']}", token)

    async def tell_again(self, ref: str) -> None:
        """The provider's event, several times at once, beside those that its own worker sends."""
        event = {"id": f"evt_{secrets.token_hex(8)}", "type": "payment.succeeded", "created": int(time.time())}
        body = json.dumps({**event, "data": {"ref": ref}}).encode()
        at = str(int(time.time()))
        signed = hmac.new(SECRET.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"Plaza-Signature": f"t={at},v1={signed}", "Content-Type": "application/json"}
        address = f"{self.line.url}/webhooks/sandbox/"
        await asyncio.gather(
            *(self.door.call("POST", address, "", headers, content=body) for _ in range(random.randint(1, COPIES)))
        )

    async def pay_back(self) -> None:
        """As staff: the whole or a part of what has been paid, each with a key, so that trying again is one refund."""
        dana, _ = await self.door.sign_in("dana")
        done = 0
        while not self.over.is_set() or done < len(self.paid):
            if done == len(self.paid):
                await asyncio.sleep(0.1)
                continue
            payment, done = self.paid[done], done + 1
            if random.random() > 0.3:
                continue
            body: dict[str, Any] = {"reason": "chaos"} | random.choice([{}, {"amount": 100}])
            key = {"Idempotency-Key": secrets.token_hex(12)}
            for _ in range(40):  # not before the payment is known to be paid here
                with contextlib.suppress(httpx.HTTPStatusError):
                    await self.door.call("POST", f"payments/{payment}/refunds", dana, key, json=body)
                    self.refunded += 1
                    break
                await asyncio.sleep(1)
            else:
                self.failures.append(f"a refund of {payment} was never taken")


async def shop_through(house: House, kills: int, pause: tuple[float, float]) -> Shoppers:
    async with a_line([web.port for web in house.webs]) as line, Door(line.url) as door:
        shoppers = Shoppers(house, line, door)
        tasks = [asyncio.create_task(shoppers.shop(name)) for name in BUYERS]
        tasks.append(asyncio.create_task(shoppers.pay_back()))
        for number in range(kills):
            await asyncio.sleep(random.uniform(*pause))
            part = house.part(TARGETS[number % len(TARGETS)])
            await asyncio.to_thread(part.kill)
            await asyncio.sleep(random.uniform(0.2, 2))
            await asyncio.to_thread(part.start)
            await until_back(part)
        await asyncio.sleep(pause[0])
        shoppers.over.set()
        await asyncio.gather(*tasks)
        return shoppers


def kill_while_paying(lab: Lab, kills: int, pause: tuple[float, float]) -> Result:
    result = Result("payments under kills")
    with lab.house(SANDBOX_WEBHOOK_SECRET=SECRET) as house:
        shoppers = asyncio.run(shop_through(house, kills, pause))
        began = time.monotonic()
        while time.monotonic() - began < REST_SECONDS and any(ask(house, query) for query in FAULTS.values()):
            time.sleep(1)
        for what, query in FAULTS.items():
            result.wrong += [f"{what}: {row}" for row in ask(house, query)]
        result.wrong += [f"refused: {failure}" for failure in shoppers.failures]
        known = {row[0] for row in ask(house, "SELECT ref FROM billing_payment WHERE paid_at IS NOT NULL")}
        result.wrong += [f"the page said paid, and it is not: {ref}" for ref in shoppers.paid if ref not in known]
        asked_for = ask(house, "SELECT count(*) FROM billing_payment")[0][0]
        copies = ask(house, "SELECT count(*), coalesce(sum(copies), 0) FROM billing_inboundevent")[0]
        result.figures |= {
            "kills": kills,
            "payments / paid": f"{asked_for} / {len(known)}",
            "events / arrived": f"{copies[0]} / {copies[1]}",
            "refunds": shoppers.refunded,
            "at rest after, s": time.monotonic() - began,
        }
    return result
