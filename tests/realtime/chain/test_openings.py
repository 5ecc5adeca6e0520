"""Plugins that take long to open come in when they are there; until then what was heard before is heard."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import pytest

from realtime.chain.chain import Chain, SlotState
from realtime.chain.history import History
from realtime.chain.plan import Branch, Plan, Slot, Split
from realtime.contract import noise, run
from realtime.effects.trim import Trim
from realtime.errors import PluginError
from realtime.plugin import Format, Plugin
from tests.realtime.chain.late import Late

FORM = Format(48_000, 64)
Wait = Callable[..., bool]


class Stored(Trim):
    """Keeps a word beside its parameters; the word "late" makes it so by more than a split allows."""

    def __init__(self) -> None:
        super().__init__()
        self.word = ""

    def prepare(self, form: Format) -> None:
        super().prepare(form)
        self.latency = 2 * form.sample_rate if self.word == "late" else 0

    def save(self) -> dict[str, Any]:
        return {"word": self.word} if self.word else {}

    def load(self, state: dict[str, Any]) -> None:
        self.word = state.get("word", "")


class Shop:
    """Opens plugins: "slow" ones when they may, "broken" ones never."""

    def __init__(self) -> None:
        self.may_open = threading.Event()
        self.opened: list[str] = []
        self.threads: set[threading.Thread] = set()

    def open(self, identifier: str) -> Plugin:
        self.threads.add(threading.current_thread())
        self.opened.append(identifier)
        if identifier in ("slow", "broken"):
            assert self.may_open.wait(10)
        if identifier == "broken":
            raise PluginError("broken has no sound")
        return Stored()


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    made.may_open.set()


def chain_of(shop: Shop, plan: Plan | None = None) -> Chain:
    """Does not wait for a plugin longer than the opening of a quick one takes on a busy machine."""
    chain = Chain(FORM, Late(48), shop.open, plan or Plan())
    run(cast(Plugin, chain.rack), noise(640), 64)
    chain.patience_s = 0.0
    return chain


def state_of(chain: Chain, name: str) -> SlotState:
    return next(state for state in chain.slots() if state.id == name)


def landed(chain: Chain, name: str) -> bool:
    chain.settle()
    return not state_of(chain, name).opening


def gain(chain: Chain) -> float:
    """Of steady sound through the chain, when everything has faded."""
    ones = np.full((2, 48_000), 0.5, np.float32)
    return float(run(cast(Plugin, chain.rack), ones, 64)[0, -1]) / 0.5


def test_an_edit_does_not_wait_and_the_plugin_comes_in_as_it_was_set_meanwhile(shop: Shop, wait_for: Wait) -> None:
    chain = chain_of(shop)
    chain.edit(Plan().add(Slot("slow", "slow", {"gain_db": -6.0})))
    assert state_of(chain, "slow") == SlotState("slow", "slow", 0, "", opening=True)
    assert gain(chain) == 1.0
    chain.set("slow", "gain_db", -20.0)
    shop.may_open.set()
    assert wait_for(lambda: landed(chain, "slow"))
    assert gain(chain) == pytest.approx(0.1, rel=1e-4)
    assert threading.current_thread() not in shop.threads
    chain.undo()
    chain.undo()
    assert not chain.history.can_undo
    assert gain(chain) == 1.0


def test_what_opens_in_time_is_there_when_the_edit_returns(shop: Shop) -> None:
    chain = chain_of(shop)
    chain.patience_s = 10.0
    chain.edit(Plan().add(Slot("quick", "quick", {"gain_db": -20.0})))
    assert not state_of(chain, "quick").opening
    assert gain(chain) == pytest.approx(0.1, rel=1e-4)


def test_taken_back_meanwhile_it_never_comes(shop: Shop, wait_for: Wait) -> None:
    chain = chain_of(shop)
    before = threading.active_count()
    chain.edit(Plan().add(Slot("slow", "slow")))
    chain.undo()
    shop.may_open.set()
    assert wait_for(lambda: threading.active_count() <= before)
    chain.settle()
    assert [state.id for state in chain.slots()] == ["spatialiser"]
    assert chain.rack.plugin_of("slow") is None
    chain.redo()
    assert wait_for(lambda: landed(chain, "slow"))
    assert chain.plugin("slow") is not None
    assert shop.opened == ["slow", "slow"]


def test_a_failure_is_the_slot_s_trouble(shop: Shop, wait_for: Wait) -> None:
    chain = chain_of(shop)
    chain.edit(Plan().add(Slot("broken", "broken", {"drive": 0.5})))
    shop.may_open.set()
    assert wait_for(lambda: landed(chain, "broken"))
    assert state_of(chain, "broken").trouble == "broken has no sound"
    assert chain.plan.slot("broken").values == {"drive": 0.5}
    assert gain(chain) == 1.0


def test_with_another_state_the_old_plugin_plays_until_the_new_one_is_there(shop: Shop, wait_for: Wait) -> None:
    shop.may_open.set()
    chain = chain_of(shop, Plan().add(Slot("slow", "slow", {"gain_db": -20.0}, {"word": "a"})))
    before = chain.plugin("slow")
    shop.may_open.clear()
    chain.edit(chain.plan.change("slow", state={"word": "b"}))
    assert state_of(chain, "slow").opening
    assert chain.plan.slot("slow").state == {"word": "b"}
    chain.edit(chain.plan.change("slow", wet=0.5))
    assert chain.plugin("slow") is before
    assert gain(chain) == pytest.approx(0.55, rel=1e-3)
    shop.may_open.set()
    assert wait_for(lambda: landed(chain, "slow"))
    after = chain.plugin("slow")
    assert after is not None
    assert (after is before, after.save()) == (False, {"word": "b"})
    assert shop.opened == ["slow", "slow"], "the edit meanwhile opened no third one"


def test_back_to_the_state_that_plays_nothing_is_opened(shop: Shop, wait_for: Wait) -> None:
    shop.may_open.set()
    chain = chain_of(shop, Plan().add(Slot("slow", "slow", state={"word": "a"})))
    playing = chain.plugin("slow")
    shop.may_open.clear()
    chain.edit(chain.plan.change("slow", state={"word": "b"}))
    chain.undo()
    assert not state_of(chain, "slow").opening
    shop.may_open.set()
    chain.settle()
    assert chain.plugin("slow") is playing


def test_what_comes_too_late_for_its_split_is_told_and_the_sound_passes_it_by(shop: Shop, wait_for: Wait) -> None:
    chain = chain_of(shop)
    slow = Slot("slow", "slow", state={"word": "late"})
    chain.edit(Plan().add(Split("both", (Branch("one", (slow,)),))))
    shop.may_open.set()
    assert wait_for(lambda: landed(chain, "slow"))
    assert "a branch of 'both' is 96000 samples late" in state_of(chain, "slow").trouble
    assert gain(chain) == 1.0
    chain.edit(chain.plan.change("slow", bypassed=True))
    assert chain.plan.slot("slow").bypassed


def test_a_chain_goes_on_where_another_was_left(shop: Shop) -> None:
    history = History(Plan())
    history.put(Plan().add(Slot("quick", "quick", {"gain_db": -20.0})))
    chain = Chain(FORM, Late(48), shop.open, history.now)
    chain.resume(history)
    assert shop.opened == ["quick"], "what was there already plays on"
    chain.undo()
    assert (chain.plan, chain.history.can_redo) == (Plan(), True)


def test_many_at_once_open_side_by_side(shop: Shop, wait_for: Wait) -> None:
    chain = chain_of(shop)
    plan = Plan()
    for number in range(12):
        plan = plan.add(Slot(f"slow-{number}", "slow"))
    chain.edit(plan)
    assert sum(state.opening for state in chain.slots()) == 12
    chain.edit(chain.plan.remove("slow-3").move("slow-7", 0))
    shop.may_open.set()
    assert wait_for(lambda: all(landed(chain, slot.id) for slot in chain.plan.slots()))
    assert all(chain.plugin(slot.id) is not None for slot in chain.plan.slots() if slot.plugin == "slow")
    chain.close()
