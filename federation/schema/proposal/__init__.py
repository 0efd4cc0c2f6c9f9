"""From the outline of a source to a section of `exchange.yaml`: proposed, reasoned and asked about, never decided."""

from __future__ import annotations

from federation.schema.proposal.ground import Ground
from federation.schema.proposal.policy_lines import policy_lines
from federation.schema.proposal.propose import propose
from federation.schema.proposal.write import write_section

__all__ = ["Ground", "policy_lines", "propose", "write_section"]
