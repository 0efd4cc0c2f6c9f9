"""Names of a source as names of the graph: letters and digits of ASCII, each once, none that the exchange keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

READ_OTHERWISE: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""Words that YAML 1.1 takes for something else than a text, whatever their capitals."""

LONGEST: Final = 48  # of 64 that the declaration takes: endings are put behind some
_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+", re.ASCII)
_UNWRITABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_SHOWN: Final = 80

GLOSSARY: Final = {
    "居民": "resident",
    "人员": "person",
    "住户": "household",
    "老人": "elder",
    "老年人": "elder",
    "姓名": "name",
    "性别": "sex",
    "身份证号": "identity no",
    "身份证": "identity no",
    "公民身份号码": "identity no",
    "证件号码": "identity no",
    "手机": "mobile",
    "手机号": "mobile",
    "手机号码": "mobile",
    "电话": "phone",
    "联系电话": "phone",
    "住址": "address",
    "地址": "address",
    "居住地址": "address",
    "家庭住址": "address",
    "出生日期": "birth date",
    "出生年月": "birth date",
    "生日": "birth date",
    "年龄": "age",
    "民族": "ethnicity",
    "邮箱": "email",
    "备注": "remarks",
    "区划代码": "area code",
    "行政区划代码": "area code",
    "网格代码": "grid code",
    "居委代码": "committee code",
    "街道代码": "street code",
    "日期": "date",
    "时间": "time",
    "编号": "number",
    "序号": "serial",
    "状态": "status",
    "类型": "kind",
    "单位": "unit",
    "统一社会信用代码": "credit code",
    "车牌号": "plate",
    "结果": "result",
    "疫苗": "vaccine",
    "照片": "photo",
    "联系人": "contact",
    "紧急联系人": "contact",
    "监护人": "guardian",
    "独居": "lives alone",
    "户籍": "registered",
    "小区": "estate",
    "楼栋": "building",
    "企业": "firm",
    "设备": "device",
    "名称": "title",
    "经度": "lng",
    "纬度": "lat",
    "次数": "times",
    "数量": "amount",
    "金额": "sum",
}
"""Names that registers of the city use, and what they are called in the graph."""


def is_writable(name: str) -> bool:
    """Whether `exchange.yaml` can hold the name at all."""
    return bool(name) and _UNWRITABLE.search(name) is None


def shown(text: str) -> str:
    """A text of the source as a comment can hold it: one line, printable, not long."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= _SHOWN else plain[:_SHOWN] + "…"


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters; none where it is written in no ASCII and no glossary has it."""
    if name.isascii():
        return tuple(word.lower() for word in _WORD.findall(name))
    words: list[str] = []
    rest = name.strip()
    while rest:
        term = next((rest[:end] for end in range(len(rest), 0, -1) if rest[:end] in GLOSSARY), None)
        if term is None:
            return ()
        words += GLOSSARY[term].split()
        rest = rest[len(term) :]
    return tuple(words)


def is_understood(name: str) -> bool:
    """Whether the name of the graph will say what the name of the source says."""
    return bool(words_of(name))


def type_name(name: str, place: int, is_taken: Callable[[str], bool]) -> str:
    """A type's name, in PascalCase; `place` names what has no name of its own in ASCII."""
    words = words_of(name)
    if words:
        words = (*words[:-1], _singular(words[-1]))
    pascal = "".join(word.capitalize() for word in words)[:LONGEST]
    if not pascal[:1].isalpha():
        pascal = f"Table{pascal or place}"
    is_no_name = is_taken(pascal) or pascal.lower() in READ_OTHERWISE
    return unused(f"{pascal}Record" if is_no_name else pascal, is_taken)


def field_name(name: str, place: int, is_taken: Callable[[str], bool]) -> str:
    """A field's name, in camelCase."""
    words = words_of(name) or ("field", str(place))
    camel = (words[0] + "".join(word.capitalize() for word in words[1:]))[:LONGEST]
    if not camel[:1].isalpha():
        camel = f"field{camel[:1].upper()}{camel[1:]}"
    return unused(f"{camel}Value" if camel.lower() in READ_OTHERWISE else camel, is_taken)


def plural(name: str) -> str:
    """The list of what a type or field is called, in camelCase."""
    small = name[:1].lower() + name[1:]
    if small.endswith("y") and small[-2:-1] not in {"a", "e", "i", "o", "u"}:
        return f"{small[:-1]}ies"
    return f"{small}es" if small.endswith(("s", "x", "ch", "sh")) else f"{small}s"


def source_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """The name of a source: small letters, digits and hyphens."""
    words = "-".join(words_of(name))[:LONGEST].strip("-")
    if not words[:1].isalpha() or words in READ_OTHERWISE:
        words = f"source-{words}".strip("-")
    return unused(words, is_taken, "-")


def is_source_name(name: str) -> bool:
    """Whether a source may be called so."""
    return re.fullmatch(r"[a-z][a-z0-9-]{0,63}", name) is not None


def unused(name: str, is_taken: Callable[[str], bool], before: str = "") -> str:
    """The name, or the first with a number behind it that is free."""
    number, candidate = 1, name
    while is_taken(candidate):
        number += 1
        candidate = f"{name}{before}{number}"
    return candidate


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > len("ties"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return (
        word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > len("gas") else word
    )
