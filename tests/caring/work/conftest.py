"""The desk of the tickets' tests."""

from tests.caring.tickets.conftest import desk

__all__ = ["desk"]
