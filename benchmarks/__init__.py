"""Measurements on this machine; `earsight bench` runs them. Each prints a table and can write its figures and plots."""
