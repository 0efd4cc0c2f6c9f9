"""The 360 kinds of sensors: thirty things that a city watches, and twelve measures of each.

The things are those of the city's own Internet-of-Things lists: fire, water, power, air, lifts, streets and homes. The
measures are the same for all, so that a kind's code says both: `hydrant.pressure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

THINGS: Final = (
    ("hydrant", "消防栓", "Fire hydrant"),
    ("manhole", "井盖", "Manhole cover"),
    ("smoke", "烟感", "Smoke detector"),
    ("water-level", "积水点", "Water level of an underpass"),
    ("elevator", "电梯", "Lift"),
    ("noise", "噪声点", "Noise"),
    ("air", "空气站", "Air quality"),
    ("gas", "燃气管", "Gas pipe"),
    ("water-pipe", "供水管", "Water pipe"),
    ("drain", "雨水管", "Storm drain"),
    ("sewage", "污水井", "Sewer"),
    ("river", "河道", "River"),
    ("flood-gate", "水闸", "Flood gate"),
    ("pump", "泵站", "Pumping station"),
    ("street-light", "路灯", "Street light"),
    ("bridge", "桥梁", "Bridge"),
    ("tunnel", "隧道", "Tunnel"),
    ("slope", "边坡", "Slope"),
    ("facade", "外墙", "Facade"),
    ("billboard", "户外广告牌", "Billboard"),
    ("crane", "塔吊", "Tower crane"),
    ("bin", "垃圾箱房", "Waste station"),
    ("toilet", "公共厕所", "Public toilet"),
    ("parking", "停车位", "Parking space"),
    ("charger", "充电桩", "Charging point"),
    ("switchboard", "配电箱", "Switchboard"),
    ("fire-door", "消防通道", "Fire exit"),
    ("tree", "古树", "Old tree"),
    ("doorway", "楼道门", "Entrance door"),
    ("care-bell", "一键呼叫", "Call button at home"),
)
"""Code, and names in Chinese and English."""

MEASURES: Final = (
    ("pressure", "压力", "pressure", 0.3, 0.1),
    ("flow", "流量", "flow", 12.0, 5.0),
    ("level", "液位", "level", 1.2, 0.8),
    ("temperature", "温度", "temperature", 22.0, 9.0),
    ("humidity", "湿度", "humidity", 60.0, 25.0),
    ("tilt", "倾角", "tilt", 0.5, 0.5),
    ("vibration", "振动", "vibration", 0.2, 0.2),
    ("opening", "开合", "opening", 0.1, 0.1),
    ("voltage", "电压", "voltage", 220.0, 12.0),
    ("current", "电流", "current", 5.0, 3.0),
    ("battery", "电量", "battery", 70.0, 30.0),
    ("signal", "信号", "signal strength", -80.0, 20.0),
)
"""Code, names, and between what (middle, and how far either way) values lie; each in its usual unit."""

SECLUDED: Final = frozenset({"care-bell", "doorway", "smoke"})
"""What stands within homes: where it is says where somebody lives."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of sensor."""

    code: str
    thing: str
    zh: str
    en: str
    middle: float
    spread: float


KINDS: Final = tuple(
    Kind(f"{thing}.{measure}", thing, f"{zh}{what}", f"{en}, {which}", middle, spread)
    for thing, zh, en in THINGS
    for measure, what, which, middle, spread in MEASURES
)
