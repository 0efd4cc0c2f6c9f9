"""What the catalogue (数据目录) offers in the graph: every coordinate, who answers for it, how good its data is.

An entry belongs to one organisation: whoever asks is shown the entries of their own, which are the fields of the schema
that it sees. The condition `for-us` is a safeguard of every field here, so no policy line can show an organisation the
entries of another, among which are coordinates that the negative list keeps from it.
"""

from __future__ import annotations

from typing import Final

from vocabulary.catalogue import FieldDeclaration, Safeguard, SourceDeclaration, TypeDeclaration, Words
from vocabulary.condition import ConditionDeclaration

SOURCE: Final = "catalogue"
ENTRY: Final = "CatalogueEntry"
ORGANISATION: Final = "forOrganisation"
FOR_US: Final = ConditionDeclaration("for-us", "organisation", {"field": ORGANISATION})
_CATEGORY: Final = "catalogue"
OWN_ENTRIES: Final = Safeguard((_CATEGORY,), (), (FOR_US.name,))
"""Every `read` grant on a field of an entry, for any purpose, is for entries of the asker's organisation."""


def declaration(operator: str) -> SourceDeclaration:
    """The source as the organisation that runs the exchange owns it."""
    return SourceDeclaration(
        name=SOURCE, owner=operator, connector=SOURCE, options={}, timeout=5.0, concurrency=8, types=(_TYPE,)
    )


def _field(name: str, scalar: str, zh: str, en: str, **options: bool) -> FieldDeclaration:
    return FieldDeclaration(
        name=name,
        scalar=scalar,
        column=name,
        level=1,
        description=Words(zh, en),
        category=_CATEGORY,
        filterable=options.get("filterable", True),
        inaccessible=options.get("inaccessible", False),
    )


_TYPE: Final = TypeDeclaration(
    name=ENTRY,
    table=ENTRY,
    description=Words("数据目录中的一项", "An entry of the catalogue: one coordinate that you see"),
    key="coordinate",
    subject=None,
    area=None,
    collection="catalogue",
    page_by="coordinate",
    fields=(
        _field(ORGANISATION, "String", "为哪个单位", "Whose entry it is", inaccessible=True),
        _field("coordinate", "String", "字段全名", "Type and field, as in a question and in a policy line"),
        _field("type", "String", "类型", "The type"),
        _field("field", "String", "字段", "The field; of Mutation: an act"),
        _field("kind", "String", "种类", "scalar, companion (computed), reference, relation or act"),
        _field("scalar", "String", "值类型", "The scalar of its values, or the type that it leads to"),
        _field("owner", "String", "数据责任单位", "The organisation that answers for it"),
        _field("ownerZh", "String", "责任单位名称", "Its name in Chinese", filterable=False),
        _field("ownerEn", "String", "责任单位英文名称", "Its name in English", filterable=False),
        _field("source", "String", "来源系统", "The source that resolves it"),
        _field("level", "Int", "分级", "Classification: 1 open to 4 most sensitive"),
        _field("category", "String", "个人信息类别", "Its category, where it is personal"),
        _field("meaningZh", "String", "含义", "What it means, in Chinese", filterable=False),
        _field("meaningEn", "String", "英文含义", "What it means, in English", filterable=False),
        _field("masks", "String", "脱敏方式", "Its masks, from the least strict to the strictest", filterable=False),
        _field("filterable", "Boolean", "可筛选", "Whether a list of its type takes it in `where`"),
        _field("lastChanged", "DateTime", "数据更新时间", "When its data last changed, rounded down", filterable=False),
        _field("rows", "Int", "行数", "Rows of its type, to two digits; null: unknown", filterable=False),
        _field("sampled", "Int", "抽样行数", "Rows that the figures rest on, to two digits", filterable=False),
        _field("nulls", "Int", "空值率", "Percent of sampled rows without a value", filterable=False),
        _field("duplicates", "Int", "重复率", "Of an identifier: percent of values there before", filterable=False),
        _field("outside", "Int", "超出代码表比率", "Percent of values outside the code list", filterable=False),
        _field("sampledAt", "DateTime", "抽样时间", "When the sample was taken, rounded down", filterable=False),
        _field("gap", "String", "缺项", "`never` or `not yet`: why a figure is missing", filterable=False),
        _field("openness", "String", "开放分级", "open, conditional or closed, by the responsibility list"),
        _field("article", "String", "依据", "What its openness rests on", filterable=False),
        _field("how", "String", "申请方式", "Who may apply for it and how", filterable=False),
        _field("contact", "String", "联系方式", "Where to ask", filterable=False),
    ),
)
