"""Complaints as tickets: taken in, worked in lockers, and open until the customer says yes."""
