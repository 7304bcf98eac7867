"""Work items: what people do, kept in the lockers of their units."""
