"""AliExpress Pocket: credit that is paid in beforehand, cannot be paid out again, and is lost after three years."""
