"""The divisions of Shanghai that the demo city uses: real codes and names, and committees that are made up.

Source of districts and streets: the statistical division codes of the National Bureau of Statistics of China
(统计用区划代码), by way of the public list modood/Administrative-divisions-of-China. Of the 234 streets and towns,
three or more of each district stand here. Residential committees (居民委员会) are made up: their codes and names only
follow the form of real ones.
"""

from __future__ import annotations

from typing import Final

CITY: Final = "上海市"

DISTRICTS: Final[dict[str, str]] = {
    "310101": "黄浦区",
    "310104": "徐汇区",
    "310105": "长宁区",
    "310106": "静安区",
    "310107": "普陀区",
    "310109": "虹口区",
    "310110": "杨浦区",
    "310112": "闵行区",
    "310113": "宝山区",
    "310114": "嘉定区",
    "310115": "浦东新区",
    "310116": "金山区",
    "310117": "松江区",
    "310118": "青浦区",
    "310120": "奉贤区",
    "310151": "崇明区",
}

STREETS: Final[dict[str, str]] = {
    "310101002": "南京东路街道",
    "310101013": "外滩街道",
    "310101018": "豫园街道",
    "310104003": "天平路街道",
    "310104014": "徐家汇街道",
    "310104016": "龙华街道",
    "310105002": "江苏路街道",
    "310105006": "天山路街道",
    "310105008": "仙霞新村街道",
    "310106006": "江宁路街道",
    "310106013": "静安寺街道",
    "310106018": "共和新路街道",
    "310107005": "曹杨新村街道",
    "310107015": "长寿路街道",
    "310107022": "真如镇街道",
    "310109010": "曲阳路街道",
    "310109017": "四川北路街道",
    "310109018": "北外滩街道",
    "310110009": "四平路街道",
    "310110019": "五角场街道",
    "310110020": "新江湾城街道",
    "310112006": "古美街道",
    "310112101": "莘庄镇",
    "310112102": "七宝镇",
    "310113003": "友谊路街道",
    "310113102": "大场镇",
    "310113109": "顾村镇",
    "310114004": "嘉定镇街道",
    "310114102": "南翔镇",
    "310114103": "安亭镇",
    "310115005": "陆家嘴街道",
    "310115013": "洋泾街道",
    "310115016": "花木街道",
    "310115103": "川沙新镇",
    "310115125": "张江镇",
    "310115131": "惠南镇",
    "310116001": "石化街道",
    "310116101": "朱泾镇",
    "310116102": "枫泾镇",
    "310117001": "岳阳街道",
    "310117005": "广富林街道",
    "310117106": "洞泾镇",
    "310118001": "夏阳街道",
    "310118102": "朱家角镇",
    "310118106": "徐泾镇",
    "310120001": "西渡街道",
    "310120101": "南桥镇",
    "310120102": "奉城镇",
    "310151101": "城桥镇",
    "310151110": "陈家镇",
    "310151201": "新村乡",
}

COMMITTEES: Final = 12
"""How many committees each street has."""

_NUMERALS: Final = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")


def district_of(area: str) -> str:
    """The code of the district in which a street, committee or grid lies."""
    return area[:6]


def street_of(area: str) -> str:
    """The code of the street in which a committee or grid lies."""
    return area[:9]


def committees_of(street: str) -> tuple[str, ...]:
    """The codes of a street's committees."""
    return tuple(f"{street}{number:03}" for number in range(1, COMMITTEES + 1))


def committee_name(committee: str) -> str:
    """A committee's name: 花木街道第三居民委员会 for 310115016003."""
    return f"{STREETS[street_of(committee)]}第{_NUMERALS[int(committee[9:]) - 1]}居民委员会"
