"""One queue per conversation."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from delivery.webhooks import NOW, TOKEN, Recorder, ok, webhook

from twreplay._delivery import Deliverer, Outbox
from twreplay._delivery import outbox as module
from twreplay.errors import UsageError


def make():
    return Outbox(lambda item: item[0])


def test_items_go_in_order():
    outbox, done = make(), []
    for item in ("a1", "b1", "a2"):
        outbox.put(item)

    outbox.settle(done.append)

    assert (done, len(outbox)) == (["a1", "b1", "a2"], 0)


def test_what_is_put_meanwhile_is_done_too_and_not_in_between():
    outbox, done = make(), []

    def work(item):
        done.append(f"begin {item}")
        if item == "a1":
            outbox.put("a2")
            outbox.put("b1")
            outbox.settle(work)
        done.append(f"end {item}")

    outbox.put("a1")
    outbox.settle(work)

    assert done == ["begin a1", "begin b1", "end b1", "end a1", "begin a2", "end a2"]


def test_an_exception_comes_out_and_the_rest_stays_due():
    outbox = make()
    outbox.put("a1")
    outbox.put("a2")

    with pytest.raises(ZeroDivisionError):
        outbox.settle(lambda item: 1 / 0)
    done = []
    outbox.settle(done.append)

    assert done == ["a2"]


def test_what_is_due_in_a_call_that_is_over_is_dropped():
    outbox, done = make(), []
    for item in ("a1", "b1", "a2"):
        outbox.put(item)
    outbox.drop("a")

    assert outbox.list_due() == ("b1",)
    outbox.settle(done.append)
    assert done == ["b1"]


def test_no_two_of_one_call_at_a_time_in_many_threads():
    outbox, at_work, most, done = make(), set(), [], []

    def work(item):
        most.append(item[0] in at_work)
        at_work.add(item[0])
        time.sleep(0)
        if len(item) < 4:
            outbox.put(f"{item}+")
        done.append(item)
        at_work.discard(item[0])

    def drive(number):
        outbox.put(f"{'abcd'[number % 4]}{number % 10}")
        outbox.settle(work)
        finished.append(len(outbox))

    finished = []
    threads = [threading.Thread(target=drive, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert (len(finished), len(done), any(most)) == (16, 48, False)


def test_tasks_of_a_loop_wait_for_each_other():
    outbox, done = make(), []

    async def work(item):
        done.append(f"begin {item}")
        await asyncio.sleep(0)
        done.append(f"end {item}")

    async def drive(item):
        outbox.put(item)
        await outbox.settle_async(work)
        return list(done)

    async def story():
        return await asyncio.gather(drive("a1"), drive("a2"), drive("b1"))

    for seen in asyncio.run(story()):
        assert len(seen) == 6
    assert done.index("end a1") < done.index("begin a2")


def test_a_thread_that_waits_for_nothing_gets_an_error_and_does_not_hang(monkeypatch):
    monkeypatch.setattr(module, "_LONGEST_WAIT_SECONDS", 0.05)
    outbox, entered, leave = make(), threading.Event(), threading.Event()

    def work(item):
        entered.set()
        leave.wait(60)

    outbox.put("a1")
    thread = threading.Thread(target=outbox.settle, args=(work,))
    thread.start()
    entered.wait(60)
    try:
        with pytest.raises(UsageError, match="half a minute"):
            outbox.settle(work)
    finally:
        leave.set()
        thread.join()


def test_deliveries_from_inside_a_webhook_never_hang():
    """1,000 deliveries, sixteen threads, each putting one more into another call from inside."""
    deliverer, outbox, lock = (
        Deliverer(),
        Outbox(lambda due: due.conversation.key),
        threading.Lock(),
    )
    count = []

    def answer(environ):
        with lock:
            count.append(1)
            number = len(count)
        if number <= 500:
            outbox.put(webhook(key=f"CA{number % 7}"))
            outbox.settle(work)
        return ok()

    def work(due):
        delivery = deliverer.deliver(due, auth_token=TOKEN, now=NOW)
        assert delivery.error is None, (delivery, delivery.exception)

    deliverer.applications.attach(Recorder(answer))

    def drive(number):
        for turn in range(32):
            outbox.put(webhook(key=f"CA{(number + turn) % 7}"))
            outbox.settle(work)

    threads = [threading.Thread(target=drive, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert not any(thread.is_alive() for thread in threads)
    assert (len(count), len(outbox)) == (16 * 32 + 500, 0)
