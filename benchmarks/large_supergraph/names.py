"""What subgraphs and types of the made-up supergraph are called: departments, their offices, and what those keep."""

from __future__ import annotations

from typing import Final

DEPARTMENTS: Final = (
    *("air", "archive", "border", "bridge", "bus", "census", "charity", "cinema", "civil", "court"),
    *("customs", "drainage", "election", "energy", "estate", "fire", "fishery", "forest", "food", "gas"),
    *("harbour", "health", "heritage", "housing", "labour", "library", "market", "metro", "museum", "park"),
    *("pension", "police", "port", "post", "rail", "river", "road", "school", "sport", "tax"),
    *("tourism", "water"),
)
OFFICES: Final = ("registry", "permits", "inspection", "statistics", "services")
NOUNS: Final = (
    *("Case", "Contract", "Device", "Entry", "Event", "Facility", "Fee", "File", "Grant", "Holder"),
    *("Incident", "Invoice", "Item", "Licence", "Meter", "Notice", "Order", "Owner", "Payment", "Plan"),
    *("Reading", "Record", "Site", "Ticket"),
)
SCALARS: Final = (
    *(("number", "Int"), ("title", "String"), ("note", "String"), ("opened", "Date"), ("closed", "Date")),
    *(("amount", "Float"), ("isActive", "Boolean"), ("remark", "String"), ("level", "Int"), ("source", "String")),
    *(("updated", "Date"), ("weight", "Int")),
)
VALUES: Final = (
    *("Address", "Amount", "Area", "Band", "Colour", "Contact", "Coordinates", "Count", "Currency"),
    *("Daytime", "Dimension", "Distance", "Duration", "Grade", "Height", "Interval", "Language", "Length"),
    *("Limit", "Money", "Name", "Number", "Opening", "Percentage", "Period", "Phone", "Position", "Price"),
    *("Quantity", "Range", "Rate", "Ratio", "Reference", "Scale", "Score", "Share", "Speed", "Temperature"),
    *("Term", "Unit", "Volume", "Weight"),
)
HUBS: Final = ("Person", "Company", "Building", "Parcel", "Vehicle", "Street", "District", "Household")


def subgraph_names(count: int) -> list[str]:
    """So many names of subgraphs, each a department and one of its offices."""
    every = [f"{department}-{office}" for department in DEPARTMENTS for office in OFFICES]
    return every[:count]


def type_prefix(subgraph: str) -> str:
    return "".join(part.capitalize() for part in subgraph.split("-"))
