"""Keeps the sound going when its device goes away: lets silence run on meanwhile and opens the device again.

    device calls the engine --stands still, or is gone--> a stand-in calls it --device calls again--> device

The stand-in is the driver without a device: it goes on at the same pace, hears silence, and makes up for what was
missed until the loss was noticed. So positions stay a clock: clips play on, masks and images keep their places, and
what is recorded has silence where there was no sound.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from realtime.device_reports import DeviceReports
from realtime.device_watch import glance
from realtime.drivers import DeviceDriver, Driver
from realtime.drivers.null import NullDriver
from realtime.engine import Engine
from realtime.errors import DeviceError, NoDeviceError
from realtime.standstill import Standstill

POLL_S = 0.05
STILL_S = 0.25
STILL_BLOCKS = 8
"""A device that has not called for the longer of these is taken to have gone away."""
PATIENCE_S = 0.25
"""So much longer it may take to go on by itself, where nothing is certain to say that it is gone."""
PAUSES_S = (0.1, 0.5)
"""Between two tries to open it: the first, and the longest, each twice the one before."""
SETTLED_S = 1.0
SETTLING_S = 3.0
"""A device may be so slow to begin, until it has taken so much sound: PulseAudio asks for two blocks and is silent for
up to 2 s then."""
STOP_TIMEOUT_S = 1.5
MOST_NOTICES = 50


class Opening(Protocol):
    """What the guard needs of `realtime.drivers.opening.Opening`."""

    engine: Engine

    @property
    def device(self) -> DeviceDriver | None: ...

    def open(self) -> Driver: ...

    def reopen(self) -> DeviceDriver: ...

    @property
    def has_fallback(self) -> bool: ...

    def fall_back(self) -> DeviceDriver: ...


class DeviceGuard:
    """Has the devices of a run from `start` to `stop`, and watches over them in a thread of its own.

    Parameters
    ----------
    engine
        What the device calls.
    opening
        Opens devices for it, the first one here and now.

    Attributes
    ----------
    driver
        The one whose device is used, or was used last.
    device
        The one that calls the engine, if it may go away.
    reconnects
        How often a device that had gone away was opened again.
    notices
        One line for each loss and each return, oldest first; the newest MOST_NOTICES.

    Raises
    ------
    DeviceError
        When the device cannot be used.

    Notes
    -----
    `start` and `stop` belong to one thread; the attributes may be read from any, and none of that waits.
    """

    def __init__(self, engine: Engine, opening: Opening) -> None:
        self.driver = opening.open()
        self.reconnects = 0
        self.notices: tuple[str, ...] = ()
        self._engine = engine
        self._opening = opening
        self._gap_s = 0.0
        self._away_since_s: float | None = None
        self._stand_in: NullDriver | None = None
        self._reports: DeviceReports | None = None
        self._report = 0
        self.device: DeviceDriver | None = None
        self._turn = threading.Lock()
        """Of what replaces it: the thread here, or a hand-over."""
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def active(self) -> bool:
        """Whether the engine is called, by a device or in its place."""
        return self.driver.active if self._thread is None else not self._stopping.is_set()

    @property
    def away_s(self) -> float:
        """Seconds since the device went away; 0 while it is there."""
        since_s = self._away_since_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    @property
    def longest_gap_s(self) -> float:
        """For how long a device was away at most, in seconds."""
        return max(self._gap_s, self.away_s)

    def start(self) -> None:
        """Begin to call the engine. Raises DeviceError when the device refuses."""
        self.driver.start()
        if (device := self._opening.device) is not None:
            self.device = device
            self._thread = threading.Thread(target=self._watch, args=(device,), name="device guard", daemon=True)
            self._thread.start()

    def hand_over(self, engine: Engine) -> bool:
        """Let the device call another engine, without a gap; False, and all as it was, where no device calls now."""
        if self.device is None or not self._turn.acquire(timeout=2 * POLL_S):
            return False
        try:
            if not self.device.hand_over(engine):
                return False
            self._engine = self._opening.engine = engine
            return True
        finally:
            self._turn.release()

    def stop(self) -> None:
        """End, and close the device; returns within about 3 s whatever the device does. Idempotent."""
        self._stopping.set()
        if self._thread is not None:
            # A sound server that is frozen holds the thread; what it opens then it closes itself.
            self._thread.join(STOP_TIMEOUT_S)
        if self._away_since_s is not None:
            self._gap_s, self._away_since_s = self.longest_gap_s, None
        for driver in (self._stand_in, self.driver):
            if driver is not None:
                driver.stop()

    def _watch(self, wanted: DeviceDriver) -> None:
        device, engine, name = wanted, self._engine, _name(wanted)
        limit_s = max(STILL_S, STILL_BLOCKS * device.block_size / device.sample_rate)
        settled, still = _beginning(engine, device)
        while not self._stopping.wait(POLL_S):
            with self._turn:
                if engine is not self._engine:
                    engine = self._engine
                    settled, still = _beginning(engine, device)
                still.look(engine.position)
                patience_s = limit_s if engine.position > settled else SETTLING_S
                is_lost = still.lasts_s >= patience_s or not device.active
                if not is_lost and not self._wanted_is_back(wanted):
                    continue
                device.standby()
                if device.inside:
                    self._tell("a plugin holds up the sound: it does not come back; start again without it")
                    continue
                if is_lost:
                    self._tell(
                        f"audio device {_name(device)} went away at {_now()}: plug it in, or start its sound server; "
                        "the sound then goes on by itself"
                    )
                device = self.device = self._bridge(device, is_lost, still.since_s, name)
                settled, still = _beginning(engine, device)
        self._follow_reports(False)

    def _bridge(self, device: DeviceDriver, is_lost: bool, since_s: float, wanted: str) -> DeviceDriver:
        """From the end of one device's sound to the beginning of the next one's.

        Parameters
        ----------
        device
            What was used until now.
        is_lost
            Whether it went away, and may go on by itself; else it is left for the wanted one.
        since_s
            When its sound ended, `time.monotonic`.
        wanted
            The device that the user chose, in words.

        Returns
        -------
        DeviceDriver
            What is used now; after `stop` still the same.
        """
        self._away_since_s = since_s
        self._stand_in = stand_in = NullDriver(self._engine, device.sample_rate, device.block_size, since_s)
        stand_in.start()
        found = device if is_lost and self._goes_on(device) else None
        if found is None:
            device.stop()
            found = self._found(wanted)
        stand_in.stop()
        if found is None:
            return device
        found.start()
        self.driver = found
        if _name(found) == wanted:
            self.reconnects += found is not device
            self._tell(f"audio device {wanted} is back at {_now()}, after {self.away_s:.1f} s of silence")
        else:
            self._tell(f"the sound goes on through {_name(found)} since {_now()}, until {wanted} is back")
        self._follow_reports(_name(found) != wanted)
        self._gap_s, self._away_since_s = self.longest_gap_s, None
        return found

    def _goes_on(self, device: DeviceDriver) -> bool:
        """Whether a device that stands still calls again by itself."""
        calls, since_s = device.calls, time.monotonic()
        while device.active and not self._stopping.wait(POLL_S):
            if device.calls > calls:
                return True
            if not device.says_when_gone and time.monotonic() - since_s > PATIENCE_S:
                break
        return False

    def _found(self, wanted: str) -> DeviceDriver | None:
        """The device opened anew, or what may be used meanwhile, and calling, however long that takes.

        None after `stop`.
        """
        pause_s, seen = PAUSES_S[0], glance()
        ways = [(self._opening.reopen, f"audio device {wanted} cannot be used yet and is tried again")]
        if self._opening.has_fallback:
            ways.append((self._opening.fall_back, "what the sound may go through meanwhile cannot be used"))
        said = set[str]()
        while not self._stopping.is_set():
            for way, trouble in ways:
                try:
                    if (device := self._calling(way)) is not None:
                        return device
                except DeviceError as error:
                    is_known = isinstance(error, NoDeviceError) and way == self._opening.reopen
                    if not is_known and str(error) not in said:
                        said.add(str(error))
                        self._tell(f"{trouble}: {error}")
            until_s = time.monotonic() + pause_s
            pause_s = min(2 * pause_s, PAUSES_S[1])
            while time.monotonic() < until_s and not self._stopping.wait(POLL_S):
                if (now := glance()) != seen:
                    seen, pause_s = now, PAUSES_S[0]
                    break
        return None

    def _calling(self, way: Callable[[], DeviceDriver]) -> DeviceDriver | None:
        """One try: a device, once it calls steadily; None when it does not."""
        device = way()
        device.standby()
        until_s = time.monotonic() + SETTLING_S
        while device.calls < STILL_BLOCKS and device.active and time.monotonic() < until_s:
            if self._stopping.wait(0.005):
                break
        if device.calls >= STILL_BLOCKS and not self._stopping.is_set():
            return device
        device.stop()
        return None

    def _follow_reports(self, wanted: bool) -> None:
        """Have devices looked for by another program, as long as the sound goes through something else."""
        if not wanted and self._reports is not None:
            self._reports.close()
            self._reports = None
        elif wanted and self._reports is None:
            self._reports, self._report = DeviceReports(), 0

    def _wanted_is_back(self, wanted: DeviceDriver) -> bool:
        """Whether a new report lists the device that the user chose."""
        reports = self._reports
        if reports is None or reports.number == self._report:
            return False
        self._report = reports.number
        return reports.lists(wanted.name_input, wanted.name_output)

    def _tell(self, line: str) -> None:
        if line not in self.notices:
            self.notices = (*self.notices, line)[-MOST_NOTICES:]


def _beginning(engine: Engine, device: DeviceDriver) -> tuple[float, Standstill]:
    """Position from which on the device must not stand still for long, and what sees that it does."""
    settled = engine.position + SETTLED_S * device.sample_rate
    return settled, Standstill(engine.position, device.sample_rate, POLL_S)


def _name(device: DeviceDriver) -> str:
    names = dict.fromkeys(name for name in (device.name_input, device.name_output) if name)
    return " and ".join(f"'{name}'" for name in names)


def _now() -> str:
    return time.strftime("%H:%M:%S")
