"""One module for each framework; each needs the extra of the same name."""
