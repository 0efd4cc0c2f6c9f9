"""What the exchange's own source offers: the accesses on record, by the person concerned."""

from __future__ import annotations

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
ACCESS, RELEASED, GIVEN = "Access", "Released", "Given"


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
                page_by="-entry",
                fields=(
                    _field("entry", "Int", "日志序号", "Index of the entry in the log"),
                    _field("at", "DateTime", "时间", "When"),
                    _field("kind", "String", "种类", "release, wave, refusal, failure, unidentified or policy"),
                    _field("outcome", "String", "结果", "answered, partial, given, or the code of a refusal"),
                    _field(
                        "how", "String", "与当事人的关系", "How the person searched for occurs: released, given, probed"
                    ),
                    _field("person", "String", "访问人", "Who asked"),
                    _field("organisation", "String", "单位", "Of which organisation"),
                    _field("application", "String", "应用", "Through which application"),
                    _field("purpose", "String", "目的", "For which purpose"),
                    _field("mode", "String", "模式", "ordinary or emergency"),
                    _field("document", "String", "查询", "What was asked, with placeholders for values"),
                    _field("epoch", "String", "策略版本", "The policy in force, by its hash"),
                    _field("act", "String", "办理事项", "What was done to what, where it records an act"),
                    FieldDeclaration(
                        name="under",
                        scalar="String",
                        column="under",
                        level=2,
                        description=Words(
                            "所依据的协议、应急状态或破窗记录",
                            "The agreement, emergencies and broken glasses that it rests on or is about, by their ids",
                        ),
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
