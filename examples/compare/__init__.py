"""Do edit sequences help? One comparison, small enough to be repeated: see docs/effect.md."""
