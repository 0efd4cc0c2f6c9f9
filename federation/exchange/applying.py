"""Who may apply for a coordinate, and how: what an organisation reads in the catalogue beside each of its entries."""

from __future__ import annotations

from collections.abc import Mapping

from federation.exchange.own import OWN_SOURCES
from federation.plan.least import least_wish
from federation.plan.world import World
from federation.schema.facts import MUTATION, FieldFacts, FieldKind
from policies.keeper import InForce
from policies.lines import patterns
from vocabulary.agreement import Responsibility
from vocabulary.catalogue import Organisation
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import NOTHING
from vocabulary.values import Value

_DRAFT = Coordinate(MUTATION, "draftAgreement")


class Applying:
    """For one organisation, under one policy."""

    def __init__(self, world: World, in_force: InForce, organisation: str) -> None:
        self._world = world
        self._catalogue = world.catalogue
        self._organisation = organisation
        self._responsible: dict[str, Responsibility] = {}
        for entry in in_force.rules.lists.responsibilities:
            for pattern in entry.patterns:
                self._responsible.setdefault(pattern, entry)
        self._drafters = _drafters(world, in_force, organisation)

    def of(self, coordinate: Coordinate, facts: FieldFacts, source: str) -> Mapping[str, Value]:
        """The columns of an entry that tell of its owner and of applying for it."""
        entry = next((one for name in patterns(coordinate) if (one := self._responsible.get(name))), None)
        answers = self._catalogue.organisations[self._world.owner(source) if entry is None else entry.organisation]
        asked, how = self._how(coordinate, facts, source, answers, is_listed=entry is not None)
        return {
            "owner": answers.id,
            "ownerZh": answers.name.zh,
            "ownerEn": answers.name.en,
            "openness": None if entry is None else str(entry.openness),
            "article": None if entry is None else entry.article,
            "how": how,
            "contact": asked.contact,
        }

    def _how(
        self, coordinate: Coordinate, facts: FieldFacts, source: str, answers: Organisation, *, is_listed: bool
    ) -> tuple[Organisation, str]:
        """Whom to ask, and what to do."""
        operator = self._catalogue.organisations[self._catalogue.operator]
        if answers.id == self._organisation:
            return answers, (
                "本单位的数据，不用申请：由策略决定本单位何人可用 · Your own organisation answers for it, so there is "
                "nothing to apply for: the policy says which of its people may use it"
            )
        if facts.kind is FieldKind.ACT:
            return operator, "操作不能以协议申请，由策略授权 · An act can't be agreed on: the policy permits it"
        if source in OWN_SOURCES:
            return operator, (
                "本交换平台自身的记录，由策略授权 · The exchange's own records: the policy says who reads them"
            )
        if self._responsible and not is_listed:
            return operator, (
                "暂不能申请：责任清单上无单位负责 · It can't be applied for yet: no organisation answers for it on the "
                "responsibility list"
            )
        wish = least_wish(coordinate, facts, self._catalogue)
        if not self._drafters:
            return answers, (
                f"本单位尚无人可起草协议，请联系{answers.name.zh} · By an agreement, which nobody of your organisation "
                f"may draft yet: ask {answers.name.en}"
            )
        zh = "、".join(self._catalogue.roles[role].zh for role in self._drafters)
        en = " or ".join(self._drafters)
        return answers, (
            f"由本单位的{zh}起草协议，向{answers.name.zh}申请，至少写 `{wish}` · By an agreement: drafted by somebody "
            f"of your organisation with the role {en}, answered by {answers.name.en}; the least is `{wish}`"
        )


def _drafters(world: World, in_force: InForce, organisation: str) -> list[str]:
    """The roles with which somebody of the organisation may draft an agreement, for some purpose."""
    catalogue = world.catalogue

    def may(role: str, purpose: str) -> bool:
        standing = Standing(frozenset((role,)), organisation, purpose, Mode.ORDINARY)
        return in_force.policy.decide(standing, _DRAFT, Action.WRITE).visible != NOTHING

    return [role for role in catalogue.roles if any(may(role, purpose) for purpose in catalogue.purposes)]
