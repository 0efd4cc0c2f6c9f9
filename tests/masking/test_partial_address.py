from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masking import Setting
from masking.partial_address import PartialAddress

SETTING = Setting("a", "Resident.address", bytes(32))
STREET = PartialAddress("street").compile(SETTING)
DISTRICT = PartialAddress("district").compile(SETTING)


@pytest.mark.parametrize(
    ("address", "street", "district"),
    [
        ("上海市浦东新区花木街道花木路123弄4号502室", "上海市浦东新区花木街道", "上海市浦东新区"),
        ("上海浦东新区花木街道花木路123弄", "上海浦东新区花木街道", "上海浦东新区"),
        ("上海市 浦东新区 花木街道 花木路123弄", "上海市 浦东新区 花木街道", "上海市 浦东新区"),
        ("上海市长宁区江苏路街道愚园路1号", "上海市长宁区江苏路街道", "上海市长宁区"),
        ("上海市普陀区曹杨新村街道梅岭北路9号", "上海市普陀区曹杨新村街道", "上海市普陀区"),
        ("上海市嘉定区嘉定镇街道清河路1号", "上海市嘉定区嘉定镇街道", "上海市嘉定区"),
        ("上海市青浦区朱家角镇新风路8号", "上海市青浦区朱家角镇", "上海市青浦区"),
        ("上海市崇明区新村乡新国村3号", "上海市崇明区新村乡", "上海市崇明区"),
        ("江苏省镇江市京口区健康路街道东门坡1号", "江苏省镇江市京口区健康路街道", "江苏省镇江市京口区"),
        ("浙江省宁波市镇海区招宝山街道1号", "浙江省宁波市镇海区招宝山街道", "浙江省宁波市镇海区"),
        ("江西省景德镇市昌江区西郊街道1号", "江西省景德镇市昌江区西郊街道", "江西省景德镇市昌江区"),
        ("内蒙古自治区锡林郭勒盟正蓝旗上都镇1号", "内蒙古自治区锡林郭勒盟正蓝旗上都镇", "内蒙古自治区锡林郭勒盟正蓝旗"),
        ("江苏省苏州市昆山市花桥镇1号", "江苏省苏州市昆山市花桥镇", "江苏省苏州市昆山市"),
        # The level is missing: the finest coarser one.
        ("上海市浦东新区花木路123弄4号502室", "上海市浦东新区", "上海市浦东新区"),
        ("上海市花木街道花木路1号", "上海市花木街道", "上海市"),
        ("上海市花木路123弄", "上海市", "上海市"),
        # A road, an estate or a market that is written like a level.
        ("上海市长宁区愚园路镇宁路口", "上海市长宁区", "上海市长宁区"),
        ("上海市浦东新区张杨路小镇公寓3号", "上海市浦东新区", "上海市浦东新区"),
        ("上海市闵行区罗马小镇12号", "上海市闵行区", "上海市闵行区"),
        ("上海市嘉定区老镇北路1号", "上海市嘉定区", "上海市嘉定区"),
        ("上海市阳光小区3号", "上海市", "上海市"),
        ("上海市红旗路12号", "上海市", "上海市"),
        ("上海市闵行区七宝老街道口", "上海市闵行区", "上海市闵行区"),
        ("北京市菜市口大街1号", "北京市", "北京市"),
        # Nothing that can be relied on.
        ("花木路123弄4号502室", None, None),
        ("罗马假日镇12号", None, None),
        ("502室", None, None),
        ("", None, None),
        ("No. 4, Lane 123, Huamu Road", None, None),
        (5, None, None),
    ],
)
def test_examples(address: str | int, street: str | None, district: str | None) -> None:
    assert STREET([address]) == [street]
    assert DISTRICT([address]) == [district]


TOWNS = st.sampled_from(["", "花木街道", "江苏路街道", "曹杨新村街道", "川沙新镇", "横沙乡", "曹路镇"])
ROADS = st.builds(
    "{}{}{}".format,
    st.text("花木张杨宁东方中山老新区县市旗道小城", min_size=1, max_size=4),
    st.sampled_from(["路", "街", "大道", "弄", "巷", "东路", "新村路"]),
    st.sampled_from(["123弄4号502室", "1号", "镇宁路2号", "小镇5幢", "水乡人家3号", ""]),
)


@given(st.sampled_from(["上海市", "上海", ""]), st.sampled_from(["浦东新区", "青浦区"]), TOWNS, ROADS)
def test_a_street_is_followed_by_nothing_of_the_road(city: str, district: str, town: str, road: str) -> None:
    (shown,) = STREET([city + district + town + "、" + road])
    assert shown == city + district + (town if town != "曹路镇" else "")


@given(TOWNS.filter(lambda town: town not in {"", "曹路镇"}), ROADS)
def test_no_road_is_shown_after_a_street(town: str, road: str) -> None:
    (shown,) = STREET(["上海市浦东新区" + town + road])
    assert shown in {"上海市浦东新区" + town, "上海市浦东新区", "上海市"}


@given(st.text(st.characters()) | st.text("上海市浦东新区花木街道镇乡县路弄号12 "))
def test_what_is_shown_begins_the_address_ends_a_level_and_holds_no_number(address: str) -> None:
    for mask in (STREET, DISTRICT):
        (shown,) = mask([address])
        if shown is None:
            continue
        assert isinstance(shown, str)
        assert address.startswith(shown)
        assert not re.search(r"[0-9]", shown)
        assert not re.search("[弄号室楼幢栋座]", shown)
        assert re.search("(海|京|津|庆|市|省|区|县|旗|盟|州|街道|镇|乡)$", shown)


@given(st.text("上海市浦东新区花木街道镇乡县路弄号12 "))
def test_the_district_is_never_finer_than_the_street(address: str) -> None:
    (street,), (district,) = STREET([address]), DISTRICT([address])
    assert (street is None) == (district is None)
    if isinstance(street, str) and isinstance(district, str):
        assert street.startswith(district)


parts = st.sampled_from(
    (
        "上海市",
        "浦东新区",
        "花木街道",
        "江苏路街道",
        "街道",
        "街",
        "道",
        "口",
        "镇",
        "乡",
        "路",
        "东",
        "北",
        "区",
        "县",
        " ",
        "1",
        "罗马",
        "号",
    )
)


@pytest.mark.whole
@settings(max_examples=500)
@given(st.lists(st.lists(parts, max_size=8).map("".join), max_size=6), st.lists(parts, max_size=5).map("".join))
def test_a_column_is_cut_like_its_cells(addresses: list[str], beginning: str) -> None:
    column: list[Any] = [None, 7, *(beginning + one for one in addresses), *addresses]
    one_by_one = [STREET([cell])[0] for cell in column]
    assert STREET(column) == one_by_one
