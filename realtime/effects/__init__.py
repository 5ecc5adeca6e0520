"""The kernel plugins that ship: each file is one effect, its parameters, its record and its compiled kernel."""
