"""The gateway: HTTP, identity, documents, schema composition, planning, execution. It alone knows the other rooms."""
