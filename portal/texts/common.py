"""Texts that all pages share."""

from __future__ import annotations

from typing import Final

from vocabulary.catalogue import Words

TEXTS: Final = {
    "brand": Words("统管 · 城市数据交换", "Tongguan · city data exchange"),
    "brand.short": Words("统管", "Tongguan"),
    "skip": Words("跳到正文", "Skip to the content"),
    "menu": Words("主菜单", "Main menu"),
    "language": Words("语言", "Language"),
    "language.zh": Words("中文", "中文"),
    "language.en": Words("English", "English"),
    "development": Words(
        "开发环境：人员均为虚构，任何人都可以扮演任何人。不得用于真实数据。",
        "Development: all people are made up, and anybody can be anybody. Not for real data.",
    ),
    "home.title": Words("首页", "Start"),
    "home.hello": Words("{person}，您好", "Hello, {person}"),
    "home.areas": Words("负责区域", "Areas"),
    "home.areas.none": Words("无", "none"),
    "home.pages": Words("可以使用的页面", "Pages for you"),
    "home.purposes": Words("您可以为这些目的查看数据", "You may look at data for these purposes"),
    "home.nothing": Words(
        "目前没有向您开放的数据。请联系您单位的数据管理员。",
        "Nothing is open to you at present. Please ask the data steward of your organisation.",
    ),
    "home.record": Words(
        "您看了谁的哪些信息、为了什么目的，都会留下记录，可供查证。",
        "Whose data you look at, which of it and for what, is on record and can be proved.",
    ),
    "emergency": Words("应急状态", "emergency"),
    "yes": Words("是", "Yes"),
    "no": Words("否", "No"),
    "purpose": Words("使用目的", "Purpose"),
    "purpose.why": Words(
        "先说明为什么要看。能看到什么取决于目的，目的会记录在案。",
        "First say why you look. What you see depends on it, and it is put on record.",
    ),
    "receipt": Words("本次查询已存证，编号 {index}。", "This look is on record as entry {index}."),
    "left": Words("今日余量", "Left today"),
    "left.rows": Words("{count} 条记录", "{count} records"),
    "left.subjects": Words("{count} 人", "{count} people"),
    "left.probes": Words("{count} 次按证件号查找", "{count} searches by a number"),
    "legend": Words("图例", "Key"),
    "mark": Words("脱", "M"),
    "mark.withheld": Words("未", "N"),
    "mark.missing": Words("缺", "!"),
    "legend.masked": Words("已脱敏", "masked"),
    "legend.hidden": Words("已遮盖，不显示", "covered, not shown"),
    "legend.empty": Words(
        "空：没有内容、无法脱敏，或这一条不向您显示", "Empty: nothing there, or not to be masked, or not shown to you"
    ),
    "legend.missing": Words("暂缺：对方系统没有回应", "Missing: its system did not answer"),
    "withheld.title": Words("未提供的内容", "What is not shown to you"),
    "withheld.lead": Words(
        "以下内容没有向您提供。每一项都写明了原因和申请办法。",
        "These are not shown to you. Each says why, and how to ask for it.",
    ),
    "withheld.reason": Words("原因", "Why"),
    "withheld.ask": Words("向谁申请", "Whom to ask"),
    "withheld.request": Words("申请草稿", "Draft request"),
    "withheld.copy": Words("复制申请草稿", "Copy the draft"),
    "withheld.copied": Words("已复制", "Copied"),
    "withheld.none": Words(
        "不能通过共享协议取得。需要时请与联系人沟通。",
        "No agreement would show it. Write to the contact if you need it.",
    ),
    "withheld.send": Words(
        "把草稿交给您单位的数据管理员，由其补充法律依据和期限后提交。",
        "Give the draft to your data steward, who adds the legal basis and an end, and asks.",
    ),
    "reason.not-granted": Words("没有授权您查看", "Nobody has granted it to you"),
    "reason.purpose": Words(
        "为其他目的向您开放，这个目的不行", "It is open to you for another purpose, not for this one"
    ),
    "reason.denied": Words("有规则明确禁止查看", "A rule closes it"),
    "reason.reveals": Words("它会透露不向您显示的其他内容", "It would give away something that is hidden from you"),
    "reason.derive": Words("它由不能用于此目的的内容计算得出", "It is computed from what may not be used for this"),
    "reason.deliver": Words(
        "查询前须先告知另一单位的系统，目前不允许",
        "Another organisation's system would have to be told something first",
    ),
    "reason.rows": Words(
        "无法事先判断这一条是否可以给您看", "It can't be known in time whether you may see that one record"
    ),
    "reason.authenticated": Words("只向已登录的人开放", "It is for those who show who they are"),
    "reason.requires-scope": Words("图本身要求您没有的角色", "The graph itself asks for roles that you do not have"),
    "reason.requires-policy": Words("图本身要求您没有的角色", "The graph itself asks for roles that you do not have"),
    "reason.other": Words("未开放（{reason}）", "Not open ({reason})"),
    "partial.title": Words("部分内容暂缺", "Part of the answer is missing"),
    "partial.source": Words(
        "{organisation}的系统没有提供“{field}”：{why}", "The system of {organisation} gave no “{field}”: {why}"
    ),
    "error.title": Words("没有完成", "This did not work"),
    "error.home": Words("回到首页", "Back to the start"),
    "error.sign_in": Words("重新登录", "Sign in again"),
    "error.word": Words("代号 {code}（告诉管理员时请引用）", "Word for the operator: {code}"),
}
