"""Omnichannel customer caring: the business rules, with neither handlers nor infrastructure."""
