"""The same units of work on the workers of a Dask cluster, as safe as on one machine.

Before anything is graded each worker is asked whether it can grade as this run wants it: the same seqlab and checks, the
full sandbox or whole notebooks where that was asked for. A unit that ends its worker again and again is tried once more
when nothing else runs, since Dask suspects all that a dead worker had; one that does so alone is its own row. With
`tls://` the certificates are those of Dask's own configuration (`distributed.comm.tls`).
"""

import asyncio
import queue
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from seqlab.autograder.course.row import Row
from seqlab.autograder.course.submission import Submission
from seqlab.autograder.course.worker import Unit, grade_on_worker, refusal
from seqlab.errors import SeqlabError

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE = 5  # seconds for a scheduler to answer
START_SECONDS = 300.0  # for a worker to say whether it can grade: it may import TensorFlow for that
NOBODY = 60.0  # seconds without a worker, after which the run ends
KEPT = "start them again and give the same command: what is graded is kept"


def grade_on_cluster(
    todo: list[Submission], address: str, read: Callable[[Submission], bytes], ask: Callable[[Submission], Unit]
) -> Iterator[tuple[Submission, bytes | None, Row]]:
    """Each submission with its row, as they come; the bytes that were graded, None where no worker got through."""
    with _client(address) as client, client.as_current():
        if not todo:
            return
        _refuse_unless_all_can(client, ask(todo[0]))
        run = _Run(client, read, ask)
        rest, suspects = iter(todo), []
        for submission in _first(rest, 4 * max(1, sum(client.ncores().values()))):
            run.submit(submission)
        while run.under_way:
            submission, data, came = run.next()
            if _ended_its_worker(came):
                suspects.append(submission)
            else:
                yield submission, *_outcome(submission, data, came)
            for following in _first(rest, 1):
                run.submit(following)
        for suspect in suspects:
            run.submit(suspect)
            submission, data, came = run.next()
            yield submission, *_outcome(submission, data, came)


class _Run:
    """Units under way."""

    def __init__(
        self, client: "Client", read: Callable[[Submission], bytes], ask: Callable[[Submission], Unit]
    ) -> None:
        self.client, self.read, self.ask = client, read, ask
        self.under_way: dict[Any, tuple[Submission, bytes]] = {}
        self._ready: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()

    def submit(self, submission: Submission) -> None:
        data = self.read(submission)
        future = self.client.submit(grade_on_worker, data, self.ask(submission), retries=5, pure=False)
        self.under_way[future.key] = submission, data
        future.add_done_callback(self._ready.put)

    def next(self) -> tuple[Submission, bytes, Any]:
        """The next that is done, with its result or exception; SeqlabError if there is nobody to do one.

        A result lies with its worker until it is fetched: where that one has died by then, another computes it anew.
        """
        seen = time.monotonic()
        while True:
            try:
                future = self._ready.get(timeout=PATIENCE)
                came = future.exception() if future.status == "error" else future.result(timeout=PATIENCE)
                return *self.under_way.pop(future.key), came
            except TimeoutError:
                future.add_done_callback(self._ready.put)
            except queue.Empty:
                pass
            except Exception as error:  # cancelled, since the scheduler is gone
                raise _lost(type(error).__name__) from None
            workers = self.client.ncores() if self.client.status == "running" else {}
            seen = time.monotonic() if workers else seen
            if time.monotonic() - seen > NOBODY:
                raise SeqlabError("the cluster has workers", got=f"none for {NOBODY:g} seconds", fix=KEPT)


def _first(rest: Iterator[Submission], count: int) -> Iterator[Submission]:
    for _, submission in zip(range(count), rest, strict=False):
        yield submission


def _ended_its_worker(came: Any) -> bool:
    from distributed import KilledWorker

    return isinstance(came, KilledWorker)


def _outcome(submission: Submission, data: bytes, came: Any) -> tuple[bytes | None, Row]:
    """The bytes and their row; no bytes, where grading it did not get through."""
    match came:
        case {"row": dict(content)}:
            return data, Row.from_dict(content)
        case {"refused": str(why)}:
            raise _refused({"a worker that joined": why})
        case _ if _ended_its_worker(came):
            why = "the worker that graded it died each time, so it is not graded: look at it by hand"
        case _:
            why = f"the worker that graded it failed ({type(came).__name__}), so it is not graded"
    return None, Row(submission.label, submission.lab, 0, 0, "error", why, answers={})


def _refuse_unless_all_can(client: "Client", asked: Unit) -> None:
    """SeqlabError unless every worker that is there can grade as the run asks."""
    try:
        client.wait_for_workers(1, timeout=NOBODY)
    except TimeoutError:
        raise SeqlabError(
            "the cluster has workers", got=f"none for {NOBODY:g} seconds", fix="start some with `dask worker`"
        ) from None
    futures = {
        worker: client.submit(refusal, asked, workers=[worker], allow_other_workers=False, pure=False)
        for worker in client.ncores()
    }
    refusals: dict[str, str] = {}
    for worker, future in futures.items():
        try:
            why = future.result(timeout=START_SECONDS)
        except Exception as error:  # such as that of an older seqlab, which has no such function
            why = f"it cannot say whether it can grade ({type(error).__name__}: {str(error)[:200]})"
        refusals |= {worker: why} if why else {}
    if refusals:
        raise _refused(refusals)


def _refused(refusals: dict[str, str]) -> SeqlabError:
    return SeqlabError(
        "every worker of the cluster grades as this machine would",
        got="; ".join(f"{worker}: {why}" for worker, why in refusals.items()),
        fix="give it the same seqlab and labs, and what the options ask for, or stop it",
    )


def _client(address: str) -> "Client":
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise SeqlabError(
            "--scheduler needs the package distributed",
            got="an environment without it",
            fix="pip install 'seqlab[cluster]'",
        ) from None
    _ask_scheduler(address)
    try:
        return Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise _no_scheduler(address, type(error).__name__) from None


def _ask_scheduler(address: str) -> None:
    """Does a scheduler answer there? Asked once and with an end, since Dask's client may try for ever."""
    from distributed import rpc
    from distributed.security import Security

    async def ask() -> None:
        async with rpc(address, connection_args=Security().get_connection_args("client")) as scheduler:
            await scheduler.identity()

    try:
        asyncio.run(asyncio.wait_for(ask(), PATIENCE))
    except TimeoutError:
        raise _no_scheduler(address, f"no answer within {PATIENCE} seconds") from None
    except Exception as error:  # whatever listens there: what it sends is read as if it were a scheduler's
        raise _no_scheduler(address, type(error).__name__) from None


def _no_scheduler(address: str, why: str) -> SeqlabError:
    fix = "start one there with `dask scheduler`, or name the address that it prints"
    if address.startswith("tls://"):
        fix += "; for tls:// name the certificates in Dask's configuration, distributed.comm.tls (see README)"
    return SeqlabError(
        "--scheduler is the address of a Dask scheduler, such as tcp://host:8786", got=f"{address} ({why})", fix=fix
    )


def _lost(why: str) -> SeqlabError:
    return SeqlabError("the scheduler stays there while its workers grade", got=why, fix=KEPT)
