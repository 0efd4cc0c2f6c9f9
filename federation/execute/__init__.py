"""Execution: wave by wave, each column masked where its rows arrive, then one answer built from masked columns."""
