"""The process that runs the scheduled jobs: procrastinate's worker, kept alive through the database's outages."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg_pool
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from procrastinate import App, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector

from site_settings import listening
from wallet_service import stopping
from wallet_service.job_runs import run_job
from wallet_service.jobs import ALL_QUEUES, JOBS, Job
from wallet_service.stopping import Interrupted

# An outage shall be over when it is over.
PAUSE_SECONDS = 1
CONNECT_SECONDS = 5
# procrastinate gives up on an unreachable database after 30 seconds; one that lasted longer was there in between.
OUTAGE_OVER_SECONDS = 60
# They hold one for a moment behind each call.
FOR_CALLS = 4
# What a worker that stops did not end: no other exception is tried again before its time.
PUT_BACK = RetryStrategy(retry_exceptions=[Interrupted])
# The admin shows all jobs there are, also those that never ran.
ENLIST = """
INSERT INTO wallet_service_jobrun (name, outcome, told, failures) SELECT unnest(%(names)s::text[]), '', '', 0
ON CONFLICT DO NOTHING"""


def register_jobs(procrastinate: App) -> None:
    """Make procrastinate's periodic tasks of JOBS. It calls this when Django's apps are ready."""
    for job in JOBS:
        _register(procrastinate, job)


def _register(procrastinate: App, job: Job) -> None:
    def run(timestamp: int) -> None:
        run_job(job)

    task = procrastinate.task(name=job.name, queue=job.queue, queueing_lock=job.name, retry=PUT_BACK)(run)
    procrastinate.periodic(cron=job.schedule.cron)(task)


def work(*, queues: Sequence[str] = (), say: Callable[[str], None]) -> None:
    """Run the jobs of `queues` (none: of all) until SIGTERM or SIGINT; those at work are finished first, or put back.

    No job waits for another one: there are as many threads and connections as jobs.
    """
    listening.listen_for_changes()
    database = connections["default"]
    make_room(database.settings_dict)
    # Each attempt to reconnect would say more than the one line of ours.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    try:
        asyncio.run(_work(queues, say))
    finally:
        database.close()
        if isinstance(database, DatabaseWrapper):
            database.close_pool()


def make_room(database: dict[str, Any]) -> None:
    """Let every job have a connection, the calls of webhooks some between them, and none a dead one. Before the first is made."""
    database["CONN_HEALTH_CHECKS"] = True
    pool = database["OPTIONS"]["pool"]
    database["OPTIONS"]["pool"] = {**pool, "max_size": max(pool["max_size"], len(JOBS) + 1 + FOR_CALLS)}


async def _work(queues: Sequence[str], say: Callable[[str], None]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def stop_all() -> None:
        stopping.asked.set()
        stop.set()

    stopping.asked.clear()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop_all)
    loop.set_default_executor(ThreadPoolExecutor(len(JOBS), thread_name_prefix="job"))
    loop.set_exception_handler(_ignore_lost_connections)
    told = ""
    while not stop.is_set():
        began = loop.time()
        outage = await _until(stop, _serve(queues)) or "the connection was lost"
        # One line for an outage, however often it is tried.
        if not stop.is_set() and (outage != told or loop.time() - began > OUTAGE_OVER_SECONDS):
            say(f"The worker cannot use the database: {outage}. It goes on trying.")
            told = outage
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)


async def _serve(queues: Sequence[str]) -> str:
    """One worker, as long as the database is there; why it is not."""
    connector = PsycopgConnector(
        kwargs=connector_params(), min_size=1, max_size=4, timeout=CONNECT_SECONDS, reconnect_timeout=CONNECT_SECONDS
    )
    try:
        with app.replace_connector(connector):
            async with app.open_async():
                await connector.execute_query_async(ENLIST, names=[job.name for job in JOBS])
                await app.run_worker_async(
                    queues=list(queues or ALL_QUEUES),
                    concurrency=len(JOBS),
                    # What went well leaves its JobRun; kept here as well it would be some 50,000 rows a day.
                    delete_jobs="successful",
                    install_signal_handlers=False,
                )
    except (ConnectorException, psycopg_pool.PoolTimeout) as outage:
        return str(outage.__cause__ or outage).strip().partition("\n")[0]
    return ""


async def _until(stop: asyncio.Event, serving: Any) -> str:
    """What `serving` returns; cancelled, which lets the jobs at work finish, when `stop` is set before that."""
    task, stopping = asyncio.create_task(serving), asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not task.done():
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        return str(await task)
    return ""


def _ignore_lost_connections(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A job that ends during an outage cannot say so to procrastinate; it is retried as one of a killed worker."""
    if not isinstance(context.get("exception"), ConnectorException):
        loop.default_exception_handler(context)
