"""Messages to one customer: closure questions, surveys, thanks and answers, each sent once at most for its cause.

Who has something to say calls `say`; the channel's conversation queue brings it to `delivery`, which asks the same
rules again and goes through the ledger as every message does. What was asked, and waits for an answer, `questions`
tells.
"""

from caring.conversation.saying import Said, say

__all__ = ["Said", "say"]
