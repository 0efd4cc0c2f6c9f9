"""What the exchange's own source offers: the accesses on record, by whom they concern and who asked, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vocabulary.catalogue import (
    ActArgument,
    ActDeclaration,
    FieldDeclaration,
    RelationDeclaration,
    SourceDeclaration,
    TypeDeclaration,
    Words,
)

SOURCE: Final = "exchange"
ACCESS, RELEASED, GIVEN, COUNT = "Access", "Released", "Given", "AccessCount"
PAGE_BY: Final[Mapping[str, str]] = {ACCESS: "entry", COUNT: "bucket"}
"""The field that pages each collection, from the largest down."""


_KINDS: Final = "release, wave, refusal, failure, unidentified, subjects, policy or act"
_IN_RECEIPT: Final = (
    *("entry", "at", "kind", "outcome", "person", "organisation", "application", "purpose", "mode", "document"),
    *("epoch", "act", "under", "released", "given"),
)
"""What the text of a whole entry says: it is shown only where all of this is."""


def declaration(operator: str) -> SourceDeclaration:
    """The source as the organisation that runs the exchange owns it."""
    return SourceDeclaration(
        name=SOURCE,
        owner=operator,
        connector=SOURCE,
        options={},
        timeout=5.0,
        concurrency=2,
        types=(
            TypeDeclaration(
                name=ACCESS,
                table="entry",
                description=Words("审计日志中的一条访问记录", "One entry of the audit log about access to data"),
                key="entry",
                subject=None,
                area=None,
                collection="accesses",
                page_by=f"-{PAGE_BY[ACCESS]}",
                fields=(
                    _sought("entry", "Int", "日志序号", "Index of the entry in the log"),
                    _sought("at", "DateTime", "时间", "When"),
                    _sought(
                        "kind",
                        "String",
                        "种类",
                        "release, wave, refusal, failure, act, policy, unidentified or subjects",
                    ),
                    _field("outcome", "String", "结果", "answered, partial, given, or the code of a refusal"),
                    _field(
                        "how", "String", "与当事人的关系", "How the person searched for occurs: released, given, probed"
                    ),
                    _sought("person", "String", "访问人", "Who asked"),
                    _sought("organisation", "String", "单位", "Of which organisation"),
                    _field("application", "String", "应用", "Through which application"),
                    _field("purpose", "String", "目的", "For which purpose"),
                    _field("mode", "String", "模式", "ordinary or emergency"),
                    _field("document", "String", "查询", "What was asked, with placeholders for values"),
                    _field("epoch", "String", "策略版本", "The policy in force, by its hash"),
                    _field("act", "String", "办理事项", "What was done to what, where it records an act"),
                    _sought(
                        "under",
                        "String",
                        "所依据的协议、应急状态或破窗记录",
                        "The agreement, emergencies and broken glasses that it rests on or is about, by their ids",
                    ),
                    FieldDeclaration(
                        name="receipt",
                        scalar="String",
                        column="receipt",
                        level=4,
                        description=Words(
                            "原始记录全文（与日志中逐字节一致）",
                            "The whole entry as stored: its bytes are what the leaf of the log hashes",
                        ),
                        reveals=_IN_RECEIPT,
                        filterable=False,
                    ),
                    FieldDeclaration(
                        name="proof",
                        scalar="String",
                        column="proof",
                        level=4,
                        description=Words(
                            "该记录在最新签名检查点中的存在证明",
                            "That the entry stands in the newest signed checkpoint of the log (C2SP tlog-proof)",
                        ),
                        reveals=("entry",),
                        filterable=False,
                    ),
                    FieldDeclaration(
                        name="subject",
                        scalar="String",
                        column="subject",
                        level=4,
                        category="identifier",
                        identifier=True,
                        description=Words(
                            "当事人（只可匹配，不可读取）", "The person concerned: searched for, never read"
                        ),
                    ),
                ),
            ),
            TypeDeclaration(
                name=RELEASED,
                table="shown",
                description=Words("一个字段如何显示", "How one field was shown"),
                key=None,
                subject=None,
                area=None,
                collection=None,
                fields=(
                    _field("entry", "Int", "日志序号", "Index of the entry in the log"),
                    _field("coordinate", "String", "字段", "Type.field"),
                    _field(
                        "shown", "String", "显示方式", "plain, the name of a mask, withheld, filter, match or deliver"
                    ),
                    _field("rows", "String", "行规则", "On which rows; the reason where it was withheld"),
                    _field("line", "String", "策略行", "The policy line that decided"),
                ),
            ),
            TypeDeclaration(
                name=GIVEN,
                table="given",
                description=Words("提供给其他单位系统的数据", "What another organisation's source was given"),
                key=None,
                subject=None,
                area=None,
                collection=None,
                fields=(
                    _field("entry", "Int", "日志序号", "Index of the entry in the log"),
                    _field("organisation", "String", "接收单位", "Who was told"),
                    _field("source", "String", "接收系统", "Which of its systems"),
                    _field("coordinate", "String", "字段", "What they were told"),
                    _field("line", "String", "策略行", "The policy line that permits it"),
                    _field("count", "Int", "数量", "How many values"),
                ),
            ),
            TypeDeclaration(
                name=COUNT,
                table="count",
                description=Words(
                    "按日、单位和种类统计的日志记录数",
                    "How many entries of the log a day, an organisation and a kind have; ask for 400 days at most",
                ),
                key=None,
                subject=None,
                area=None,
                collection="accessCounts",
                page_by=f"-{PAGE_BY[COUNT]}",
                fields=(
                    FieldDeclaration(
                        PAGE_BY[COUNT],
                        "String",
                        PAGE_BY[COUNT],
                        level=2,
                        description=Words("次序", "Its order"),
                        inaccessible=True,
                    ),
                    _sought("day", "Date", "日期（上海时间）", "The day, by the city's time"),
                    _sought("organisation", "String", "单位", "Of which organisation; null: of nobody known"),
                    _sought("kind", "String", "种类", "Of which kind"),
                    _field("count", "Int", "数量", "How many entries"),
                ),
            ),
        ),
        acts=(
            ActDeclaration(
                "setConsent",
                ACCESS,
                (
                    ActArgument(
                        "type",
                        "String",
                        required=True,
                        description=Words("当事人类型", "The type of the subject, as Resident"),
                    ),
                    ActArgument(
                        "key",
                        "String",
                        required=True,
                        description=Words("当事人标识", "The subject's key; never stored"),
                    ),
                    ActArgument("purpose", "String", required=True, description=Words("目的", "For which purpose")),
                    ActArgument(
                        "consent", "String", required=True, description=Words("同意", "given, objected or none")
                    ),
                ),
                3,
                Words("登记同意或拒绝", "Put a consent or an objection on record; the entry about it is returned"),
            ),
        ),
        relations=(
            _relation("released", RELEASED, "显示的字段", "How each field was shown"),
            _relation("given", GIVEN, "提供给其他单位的数据", "What other organisations were given"),
        ),
    )


def _field(name: str, scalar: str, zh: str, en: str) -> FieldDeclaration:
    return FieldDeclaration(name, scalar, name, level=2, description=Words(zh, en), filterable=False)


def _sought(name: str, scalar: str, zh: str, en: str) -> FieldDeclaration:
    return FieldDeclaration(name, scalar, name, level=2, description=Words(zh, en))


def _relation(name: str, type_name: str, zh: str, en: str) -> RelationDeclaration:
    return RelationDeclaration(
        name=name,
        owner=ACCESS,
        owner_key="entry",
        type=type_name,
        by="entry",
        many=True,
        order=(),
        bound=1_000,
        level=2,
        description=Words(zh, en),
    )
