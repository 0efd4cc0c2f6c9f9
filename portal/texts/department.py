"""Texts of the department's pages: the editor, the answer, the plan, drafts of agreements, the catalogue."""

from __future__ import annotations

from typing import Final

from vocabulary.catalogue import Words

TEXTS: Final = {
    "department.title": Words("查询", "Ask"),
    "department.about": Words(
        "用 GraphQL 一次查询多个部门的数据，看查询计划，起草共享协议。",
        "One question in GraphQL across other departments' data, its plan, and drafts of agreements.",
    ),
    "department.purpose": Words("使用目的", "Purpose"),
    "department.opened": Words("已向您开放", "Open to you"),
    "department.closed": Words("尚未向您开放", "Not open to you yet"),
    "department.mode": Words("模式", "Mode"),
    "mode.ordinary": Words("日常", "ordinary"),
    "mode.emergency": Words("应急", "emergency"),
    "department.agreement": Words("共享协议编号（如有）", "Agreement, if you have one"),
    "department.document": Words("查询语句", "Question"),
    "department.variables": Words("变量（JSON）", "Variables (JSON)"),
    "department.keys": Words(
        "Ctrl+空格 补全，Ctrl+Enter 查询，Esc 关闭补全，Tab 离开编辑框",
        "Ctrl-Space completes, Ctrl-Enter asks, Esc closes the list, Tab leaves the editor",
    ),
    "department.ask": Words("查询", "Ask"),
    "department.plan": Words("只看计划", "Plan only"),
    "department.wrong": Words(
        '变量不是 JSON 对象，例如 {"street": "310115016"}',
        'The variables are no JSON object, as in {"street": "310115016"}',
    ),
    "department.answer": Words("结果", "Answer"),
    "department.none": Words("没有记录。", "No rows."),
    "department.rows": Words("{count} 行", "{count} rows"),
    "department.cut": Words(
        "只列出前 {most} 行，其余见原文。", "The first {most} rows are listed; the rest stands below."
    ),
    "department.raw": Words("回应原文（JSON）", "The answer as it was sent (JSON)"),
    "department.said": Words("平台的说明", "What the exchange says"),
    "plan.title": Words("查询计划", "Plan"),
    "plan.lead": Words(
        "将向谁询问什么、告知什么，以及每一项如何显示、依据哪一行规则。计划里没有任何值，也没有询问任何系统。",
        "What would be asked of whom, what they would be told, how each field is shown and by which policy line. "
        "No value stands here, and nothing was asked.",
    ),
    "draft.title": Words("协议草稿", "What an agreement would need to say"),
    "draft.lead": Words(
        "这些内容可以通过共享协议取得。把草稿交给数据管理员，补上法律依据（basis）和截止日期（end）后提交。",
        "An agreement could show these. Give the draft to your data steward, who adds the legal basis and an end.",
    ),
    "draft.of": Words("向{organisation}申请", "To {organisation}"),
    "draft.command": Words("命令", "As a command"),
    "draft.graph": Words("在图中办理（GraphQL 与变量）", "In the graph (GraphQL and variables)"),
    "editor.problems": Words("需要修改", "To be mended"),
    "editor.line": Words("第 {line} 行：{text}", "Line {line}: {text}"),
    "editor.suggestions": Words("{count} 个建议", "{count} suggestions"),
    "editor.list": Words("补全建议", "Suggestions"),
    "editor.docs": Words("光标处的含义", "What the cursor is on"),
    "editor.docs.none": Words(
        "把光标放在一个字段上，这里会说明它的含义。", "Put the cursor on a field, and its meaning stands here."
    ),
    "editor.loading": Words("正在读取可见的图……", "Reading the visible graph …"),
    "editor.failed": Words(
        "读不到可见的图，补全不可用；查询不受影响。", "The graph can't be read, so nothing completes; asking works."
    ),
    "editor.busy": Words("正在查询……", "Asking …"),
    "editor.lost": Words(
        "没有连上平台，请检查网络后再试。", "The exchange was not reached. Look at the network and try again."
    ),
    "editor.arguments": Words("参数", "Arguments"),
    "check.syntax": Words("这里的写法不对", "this is not GraphQL"),
    "check.field": Words("{type} 没有字段 {name}", "{type} has no field {name}"),
    "check.argument": Words("{name} 没有这个参数：{argument}", "{name} takes no argument {argument}"),
    "check.required": Words("缺少必填项 {argument}", "{argument} is required"),
    "check.leaf": Words("{name} 是单个值，后面不能有花括号", "{name} is a single value and takes no braces"),
    "check.selection": Words(
        "请在花括号里写出要 {name} 的哪些字段", "say in braces which fields of {name} you ask for"
    ),
    "check.type": Words("没有类型 {name}", "there is no type {name}"),
    "check.fragment": Words("没有片段 {name}", "there is no fragment {name}"),
    "check.variable": Words("没有定义变量 ${name}", "the variable ${name} is not defined"),
    "check.directive": Words("没有指令 @{name}", "there is no directive @{name}"),
    "check.value": Words("这里应为 {type}", "a value of {type} belongs here"),
    "check.member": Words("{type} 没有 {name}", "{type} has no {name}"),
    "check.closed": Words("缺少 {name}", "{name} is missing"),
    "check.json": Words("变量不是 JSON 对象", "the variables are no JSON object"),
    "catalogue.title": Words("数据目录", "Catalogue"),
    "catalogue.about": Words(
        "您单位可见的全部字段：含义、责任单位、更新时间、质量和申请方式。",
        "Every field that your organisation can see: meaning, owner, freshness, quality, and how to apply.",
    ),
    "catalogue.none": Words(
        "目录没有向您开放。请联系您单位的数据管理员。",
        "The catalogue is not open to you. Please ask the data steward of your organisation.",
    ),
    "catalogue.find": Words("在目录中查找", "Find in the catalogue"),
    "catalogue.found": Words("{count} 个字段", "{count} fields"),
    "catalogue.types": Words("类型", "Types"),
    "catalogue.field": Words("字段", "Field"),
    "catalogue.meaning": Words("含义", "Meaning"),
    "catalogue.you": Words("向您显示", "Shown to you"),
    "catalogue.plain": Words("完整", "in full"),
    "catalogue.mixed": Words("视记录而定", "by record"),
    "catalogue.withheld": Words("不显示", "not shown"),
    "catalogue.act": Words("办理事项", "an act"),
    "catalogue.owner": Words("责任单位", "Who answers for it"),
    "catalogue.level": Words("{level} 级", "level {level}"),
    "catalogue.state": Words("更新与质量", "Freshness and quality"),
    "catalogue.changed": Words("更新于 {at}", "changed {at}"),
    "catalogue.rows": Words("约 {count} 行", "about {count} rows"),
    "catalogue.nulls": Words("空值 {percent}%", "{percent} % empty"),
    "catalogue.duplicates": Words("重复 {percent}%", "{percent} % repeated"),
    "catalogue.outside": Words("不在代码表 {percent}%", "{percent} % outside the code list"),
    "catalogue.sampled": Words("抽样于 {at}", "sampled {at}"),
    "catalogue.open": Words("开放", "open"),
    "catalogue.conditional": Words("有条件开放", "conditional"),
    "catalogue.closed": Words("非开放", "closed"),
    "catalogue.how": Words("申请方式", "How to apply"),
}
