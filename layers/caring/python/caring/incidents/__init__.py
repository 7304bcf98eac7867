"""Mass outages: fault tickets of one area that come together, confirmed by a person and mended once for all."""
