"""The simulated world: accounts, instances, clock and identifiers. Public within the package."""
