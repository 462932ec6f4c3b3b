"""`gateway demo`: make the county, play the story, and serve the county until it is stopped."""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from gateway.app import Running, utc_now
from gateway.demo.county import build_county
from gateway.demo.entrances import Entrances
from gateway.demo.officials import AGENCY_NAMES
from gateway.demo.people import HEALTH, HOUSING, POLICE, SCHOOLS, SOCIAL
from gateway.demo.stage import Stage
from gateway.demo.story import STORY, Step, play
from gateway.demo.telling import Telling
from gateway.demo.trying import commands, write_queries
from gateway.logs import configure_logs
from gateway.serving import served
from gateway.settings import Settings
from gateway.site import InvalidSiteError


def run_demo(*, once: bool, directory: Path | None, port: int, story: Sequence[Step] = STORY) -> int:
    """Make the county in `directory`, or in a temporary one, play the story and serve until Ctrl-C.

    With `once` nothing is served after the story. Returns 0 when every step had its expected outcome.

    Raises:
        InvalidSiteError: there is a site in the directory already or it cannot be made, or the port is taken.
    """
    configure_logs(Settings(log_level="error"))
    telling = Telling()
    with _folder(directory) as folder:
        started = time.monotonic()
        today = utc_now().date()
        with build_county(folder, today) as county:
            entrances = Entrances(telling)
            running = Running(folder, Settings(), entrances.door)
            with served(running, port) as url:
                stage = Stage(county, url, running.site.issuer, today, telling)
                _introduce(stage, running, time.monotonic() - started)
                played = play(stage, story)
                steps = [(each.title, each.good, each.seconds) for each in played]
                telling.summary(steps, time.monotonic() - started)
                if not once:
                    _serve_on(stage, entrances)
    return 0 if all(good for _, good, _ in steps) else 1


def _introduce(stage: Stage, running: Running, seconds: float) -> None:
    telling, population = stage.telling, stage.county.population
    telling.title("Riverside County")
    systems = {
        POLICE: "a records database, asked in SQL",
        HEALTH: "FHIR R4, with SMART Backend Services login",
        SCHOOLS: "OneRoster 1.2 and a database of reports",
        SOCIAL: "Primero v2, asked by its case API",
        HOUSING: "a file, and no agreement with anybody",
    }
    telling.facts(
        (AGENCY_NAMES[agency], f"{len(population.known[agency]):>5} people in {system}")
        for agency, system in systems.items()
    )
    telling.facts(
        (f"{each.id} v{each.version}", f"{len(each.clauses)} clauses; {each.title}")
        for each in running.policies.current.rules.agreements
    )
    several, differing = population.in_several()
    telling.say(
        f"{len(population.people)} made-up people, {several} of them known to several agencies and "
        f"{differing} of those under names that differ. Made in {seconds:.1f} s, served at {stage.url}"
    )


def _serve_on(stage: Stage, entrances: Entrances) -> None:
    write_queries(stage)
    entrances.tell(stage.url)
    stage.telling.title("Try it")
    stage.telling.say(f"The county is served at {stage.url} until you press Ctrl-C.")
    stage.telling.commands(commands(stage))
    with _stopped_by_signals() as stopped:
        stopped.wait()
    stage.telling.say("Stopped.")


@contextmanager
def _folder(directory: Path | None) -> Iterator[Path]:
    if directory is not None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidSiteError([f"--directory: cannot be made ({error.strerror})"]) from error
        yield directory.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="riverside-") as temporary:
        yield Path(temporary)


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a polite kill sets."""
    stopped = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
