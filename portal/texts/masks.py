"""Masks in plain words, by kind and where it has one by its parameter."""

from __future__ import annotations

from typing import Final

from vocabulary.catalogue import Words

TEXTS: Final = {
    "mask.partial-name.ends": Words("姓名只显示姓和末字", "of the name, only the surname and the last character"),
    "mask.partial-name.surname": Words("姓名只显示姓", "of the name, only the surname"),
    "mask.partial-phone": Words(
        "电话只显示开头和后{keep}位", "of the number, only its beginning and last {keep} digits"
    ),
    "mask.partial-identity": Words(
        "证件号只显示首次登记的地区", "of the identity number, only the division of registration"
    ),
    "mask.partial-address.street": Words("地址只显示到街镇", "of the address, nothing below the street or town"),
    "mask.partial-address.district": Words("地址只显示到区", "of the address, nothing below the district"),
    "mask.pseudonym": Words("以代号代替，同一人代号相同", "a mark in its place, the same for the same person"),
    "mask.pairwise": Words("以两个交换平台之间的代号代替", "a mark in its place, which only two exchanges can tell"),
    "mask.redact": Words("整项遮盖，不显示内容", "covered whole, nothing is shown"),
    "mask.other": Words("经脱敏处理（{name}）", "masked ({name})"),
}
