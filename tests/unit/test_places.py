"""An address is remembered without the part that tells a household."""

import pytest

from lk_app.services.places import Place


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("203.0.113.7", "203.0.113.*"),
        ("::ffff:203.0.113.7", "203.0.113.*"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:*"),
        ("", ""),
        ("unknown, or forged", ""),
    ],
)
def test_addresses_are_masked(address: str, masked: str) -> None:
    assert Place(address).masked_address == masked


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_limits_go_by_what_one_household_has(address: str, network: str) -> None:
    assert Place(address).network == network
