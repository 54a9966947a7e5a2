"""The figures that the README promises, each beside its limit, and the equipment to measure them."""
