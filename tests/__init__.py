"""The tests; a package of their own, for an installed package may bring another `tests`."""
