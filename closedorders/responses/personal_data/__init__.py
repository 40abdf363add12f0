"""All that is kept about one customer: given out as a file, or erased."""
