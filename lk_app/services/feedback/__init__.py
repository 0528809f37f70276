"""Appeals: what consumers ask, and what staff answer."""
