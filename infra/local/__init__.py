"""The laptop cloud: the whole stack on this machine, deployed by the real CDK, with nothing that leaves it."""
