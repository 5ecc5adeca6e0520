import pytest
from earsight_example.drive import Drive
from earsight_example.tremolo import Tremolo

from realtime.contract import check_plugin


@pytest.mark.parametrize("make", [Tremolo, Drive])
def test_it_keeps_the_contract(make):
    check_plugin(make)
