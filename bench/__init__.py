"""Measurements beside an alternative, in one run, on real parts. Run by `hotline bench`."""
