"""The vault as pages show it. No writes."""
