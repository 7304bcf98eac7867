"""The API's edge: who calls, what he says, one call into caring, the answer."""
