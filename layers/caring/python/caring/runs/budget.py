"""A program's budget over all waves of a run: what is planned so far may not cost more, or a person must agree."""

from caring import configuration
from caring.messages import status as st
from caring.runs import store


def planned_cost(run: store.Run, waves: int) -> int:
    """What the run's first `waves` waves cost if all that is planned by now goes out, in rupiah.

    A later wave's shards are planned when its turn comes, so the sum grows with the run.
    """
    prices = configuration.get().prices
    groups = [group for n in range(1, waves + 1) for shard in store.shards(run.run_id, f"plan-w{n}") for group in shard]
    return int(sum(group["n"] * prices[group["channel"]] for group in groups if group["status"] == st.PENDING))


def is_passed(run: store.Run, wave: int) -> bool:
    """Whether a wave after the first would take the run over its budget; the first one's is asked for at the launch."""
    limit = run.program.get("budget")
    return wave > 1 and limit is not None and planned_cost(run, wave) > int(limit)
