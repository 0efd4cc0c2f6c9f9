"""The visible schema, asked for by introspection like any question, for the editor."""

from __future__ import annotations

from typing import Final

DOCUMENT: Final = """\
query Schema {
  __schema {
    queryType { name }
    mutationType { name }
    types {
      kind name description
      fields { name description args { ...Input } type { ...Type } }
      inputFields { ...Input }
      enumValues { name description }
      possibleTypes { name }
    }
    directives { name description locations args { ...Input } }
  }
}
fragment Input on __InputValue { name description defaultValue type { ...Type } }
fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
"""
