"""Pure arithmetic on counts: integers and exact fractions in, exact fractions and reasons out. No I/O, no clock."""
