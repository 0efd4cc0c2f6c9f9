"""Casbin and everything that says "may": policy lines, decisions, and which policy is in force.

The path of a policy: `text` → `load` → `model` (Casbin's store) → `compile` (decisions) → `restrain`; `keeper` holds
the one in force, `epoch` names it, and `reference` is what all of it must agree with.
"""
