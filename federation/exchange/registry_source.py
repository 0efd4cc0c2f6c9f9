"""What the registry offers in the graph: agreements, emergencies, broken glasses, cases and policy changes, and acts.

Reading goes through the `sql` connector over the registry's views, which hold nothing sealed; every act through
`exchange/acts.py`.
"""

from __future__ import annotations

from typing import Final

from vocabulary.catalogue import (
    ActArgument,
    ActDeclaration,
    FieldDeclaration,
    SourceDeclaration,
    TypeDeclaration,
    Words,
)

SOURCE: Final = "registry"
AGREEMENT, EMERGENCY, GLASS, CASE, CHANGE = "Agreement", "Emergency", "BrokenGlass", "Case", "PolicyChange"
DIRECTORY: Final = "registry"


def declaration(operator: str) -> SourceDeclaration:
    """The source as the organisation that runs the exchange owns it."""
    return SourceDeclaration(
        name=SOURCE,
        owner=operator,
        connector="sql",
        options={"url": f"sqlite:///{DIRECTORY}/registry.sqlite"},
        timeout=5.0,
        concurrency=2,
        types=_TYPES,
        acts=_ACTS,
    )


def _field(name: str, zh: str, en: str, scalar: str = "String", *, filterable: bool = True) -> FieldDeclaration:
    return FieldDeclaration(name, scalar, name, level=2, description=Words(zh, en), filterable=filterable)


def _at(name: str, zh: str, en: str) -> FieldDeclaration:
    return _field(name, zh, en, "DateTime", filterable=False)


def _type(name: str, table: str, collection: str, words: Words, *fields: FieldDeclaration) -> TypeDeclaration:
    return TypeDeclaration(
        name=name,
        table=table,
        description=words,
        key="number",
        subject=None,
        area=None,
        collection=collection,
        page_by="-serial",
        fields=(
            FieldDeclaration(
                "serial", "Int", "serial", level=1, description=Words("次序", "Its order"), inaccessible=True
            ),
            FieldDeclaration("number", "String", "id", level=1, description=Words("编号", "The id, as G-2026-1")),
            *fields,
        ),
    )


_TYPES: Final = (
    _type(
        AGREEMENT,
        "agreement_view",
        "agreements",
        Words("共享协议（需求清单中的一项）", "One entry of the demand list: who may ask whom for what"),
        _field("asker", "申请单位", "The organisation that asks"),
        _field("owner", "数据责任单位", "The organisation that answers for the data"),
        _field("roles", "角色", "For which roles; empty: for everybody of the asker"),
        _field("purpose", "目的", "For which purpose"),
        _field("mode", "模式", "ordinary, emergency or any"),
        _field("rows", "行规则", "On which rows"),
        _field("coordinates", "字段", "Which fields it is about"),
        _field("basis", "法律依据", "The legal basis"),
        _at("startsAt", "开始", "From when"),
        _at("endsAt", "结束", "Until when"),
        _field(
            "step", "步骤", "draft, asked, approved, suspended, refused or revoked; past its end it permits nothing"
        ),
        _field("draftedBy", "起草人", "Who drafted it"),
        _field("approvedBy", "批准人", "Who approved it"),
    ),
    _type(
        EMERGENCY,
        "emergency_view",
        "emergencies",
        Words("应急状态", "An emergency, declared for an area by two officers"),
        _field("area", "区域", "For which area"),
        _field("basis", "法律依据", "The legal basis"),
        _at("startsAt", "开始", "From when"),
        _at("endsAt", "结束", "Until when, by itself"),
        _field("declaredBy", "宣布人", "The first officer"),
        _field("confirmedBy", "确认人", "The second officer; without one it opens nothing"),
        _at("endedAt", "提前结束", "When it was ended early"),
    ),
    _type(
        GLASS,
        "glass_view",
        "brokenGlasses",
        Words("应急破窗访问", "A record opened by somebody in urgent need, to be reviewed"),
        _field("person", "访问人", "Who opened it"),
        _field("organisation", "单位", "Of which organisation"),
        _at("openedAt", "开始", "When"),
        _at("until", "结束", "Until when, by itself"),
        _field("reviewedBy", "复核人", "Who reviewed it"),
        _field("reason", "理由", "Why it was opened, unsealed for the reader", filterable=False),
        _field("note", "复核说明", "What the reviewer wrote, unsealed for the reader", filterable=False),
        _field("outcome", "复核结论", "justified or unjustified; null: not reviewed yet"),
    ),
    _type(
        CASE,
        "case_view",
        "cases",
        Words("办理中的案件", "A case about a subject, assigned to a person"),
        _field("kind", "种类", "What it is about"),
        _field("person", "承办人", "To whom it is assigned"),
        _field("organisation", "单位", "Of which organisation"),
        _at("openedAt", "开始", "When"),
        _at("closedAt", "结束", "Until when"),
    ),
    _type(
        CHANGE,
        "change_view",
        "policyChanges",
        Words("策略变更", "A change of the policy: proposed by one person, approved by another"),
        _field("digest", "摘要", "The SHA-256 of the whole policy"),
        _field("policy", "策略全文", "The text of policy.csv in it", filterable=False),
        _field("lists", "清单全文", "The text of lists.yaml in it", filterable=False),
        _field("reason", "理由", "Why it was proposed, unsealed for the reader", filterable=False),
        _field("step", "步骤", "proposed, approved, withdrawn or superseded"),
        _field("proposedBy", "提议人", "Who proposed it"),
        _at("proposedAt", "提议时间", "When"),
        _field("settledBy", "批准或撤回人", "Who approved or withdrew it"),
        _at("settledAt", "批准或撤回时间", "When"),
    ),
)


def _argument(name: str, zh: str, en: str, scalar: str = "String", **options: bool) -> ActArgument:
    return ActArgument(name, scalar, options.get("required", True), Words(zh, en), options.get("many", False))


_ID: Final = _argument("id", "编号", "Its id")


def _act(name: str, of: str, zh: str, en: str, *arguments: ActArgument) -> ActDeclaration:
    return ActDeclaration(name, of, arguments, 3, Words(zh, en))


_SUBJECT: Final = (
    _argument("type", "当事人类型", "The type that the subject is an entity of, as Resident"),
    _argument("key", "当事人标识", "The subject's key, as an identity number; it is sealed and never shown"),
)

_ACTS: Final = (
    _act(
        "draftAgreement",
        AGREEMENT,
        "起草或修改共享协议",
        "Draft an agreement, or replace a draft of one's own",
        _argument("id", "编号", "Of the draft to replace", required=False),
        _argument("owner", "数据责任单位", "The organisation to ask"),
        _argument("roles", "角色", "For which roles; left out: everybody of the asker", required=False, many=True),
        _argument(
            "wishes",
            "需求",
            "What is asked for, each as `read Resident.phone phone-partial` or `deliver Resident.identityNo eatwell`",
            many=True,
        ),
        _argument("rows", "行规则", "On which rows, as in a policy line: `own`"),
        _argument("purpose", "目的", "For which purpose"),
        _argument("mode", "模式", "ordinary (if left out), emergency or any", required=False),
        _argument("basis", "法律依据", "The legal basis"),
        _argument("start", "开始", "From when; left out: at once", "DateTime", required=False),
        _argument("end", "结束", "Until when", "DateTime"),
    ),
    _act("askAgreement", AGREEMENT, "提交申请", "Put a draft before its owner", _ID),
    _act("approveAgreement", AGREEMENT, "批准", "Approve it, for the owner; nobody approves their own", _ID),
    _act("refuseAgreement", AGREEMENT, "拒绝", "Refuse it, for the owner", _ID),
    _act("suspendAgreement", AGREEMENT, "暂停", "Suspend it, at once, for the owner", _ID),
    _act("resumeAgreement", AGREEMENT, "恢复", "Let a suspended one act again, for the owner", _ID),
    _act("revokeAgreement", AGREEMENT, "撤销", "End it for good, at once, for either side", _ID),
    _act(
        "declareEmergency",
        EMERGENCY,
        "宣布应急状态",
        "Declare an emergency; a second officer confirms it",
        _argument("area", "区域", "The code of its area"),
        _argument("basis", "法律依据", "The legal basis"),
        _argument("start", "开始", "From when; left out: at once", "DateTime", required=False),
        _argument("end", "结束", "Until when, 30 days at most", "DateTime"),
    ),
    _act("confirmEmergency", EMERGENCY, "确认应急状态", "Be the second officer", _ID),
    _act("endEmergency", EMERGENCY, "结束应急状态", "End it early, at once", _ID),
    _act(
        "breakGlass",
        GLASS,
        "破窗访问",
        "Open one record in urgent need, for minutes; it is reported and reviewed",
        *_SUBJECT,
        _argument("reason", "理由", "Why; it is sealed, for the reviewer"),
    ),
    _act(
        "reviewGlass",
        GLASS,
        "复核破窗访问",
        "Judge an opening, once, by somebody else",
        _ID,
        _argument("outcome", "结论", "justified or unjustified"),
        _argument("note", "说明", "Why; it is sealed"),
    ),
    _act("liftGlass", GLASS, "解除限制", "Let the person of an unjustified opening break the glass again", _ID),
    _act(
        "openCase",
        CASE,
        "立案",
        "Assign a case about a subject to a person",
        *_SUBJECT,
        _argument("kind", "种类", "What it is about"),
        _argument("person", "承办人", "To whom"),
        _argument("organisation", "单位", "Of which organisation"),
    ),
    _act("closeCase", CASE, "结案", "Close it, at once", _ID),
    _act("approvePolicy", CHANGE, "批准策略变更", "Be the second person: it is in force from now on", _ID),
    _act("withdrawPolicy", CHANGE, "撤回策略变更", "Take a proposal off the table", _ID),
    _act(
        "proposePolicy",
        CHANGE,
        "提议策略变更",
        "Propose a policy, whole; a second person approves it",
        _argument("policy", "策略", "The text of policy.csv"),
        _argument("lists", "清单", "The text of lists.yaml, which may be empty"),
        _argument("exchange", "交换声明", "The text of exchange.yaml; a change of it acts at the next start"),
        _argument("reason", "理由", "Why; it is sealed"),
    ),
)
