"""Texts of the officer's pages: searches, the chart, an entry in full and its proof; and the words of entries."""

from __future__ import annotations

from typing import Final

from vocabulary.catalogue import Words

TEXTS: Final = {
    "officer.title": Words("安全审计", "Audit"),
    "officer.about": Words(
        "谁看过某人、某人看过什么、拒绝记录，以及每条记录未被改动的证明。",
        "Who saw a person, what somebody saw, refusals, and proof that no entry was changed.",
    ),
    "officer.none": Words(
        "审计日志没有向您开放。", "The audit log is not open to you for any purpose. Ask the operator if you need it."
    ),
    "officer.watched": Words("您的每次查询也会记入同一本日志。", "Each of your searches is on record in the same log."),
    "officer.subject.title": Words("谁看过这个人？", "Who saw this person?"),
    "officer.subject.input": Words("身份证号", "Identity number"),
    "officer.subject.note": Words(
        "只用来在日志中查找代号，不保存，也不出现在网址里。大小写、全角和空格不影响。",
        "It is turned into a pseudonym to search by, kept nowhere, and never in an address. Spaces, case and "
        "full-width digits make no difference.",
    ),
    "officer.subject.none": Words("请填写身份证号。", "Please give an identity number."),
    "officer.subject.nobody": Words(
        "日志中没有提到这个人的记录。号码是否填错，无从判断。",
        "No entry of the log names this person. That does not tell a mistyped number from one that nobody saw.",
    ),
    "officer.asker.title": Words("这个人看过什么？", "What did this person see?"),
    "officer.asker.input": Words("访问人（日志中的名称）", "Who asked, as entries name them"),
    "officer.asker.none": Words(
        "请至少填写一项：访问人、单位、种类或日期。",
        "Please give at least one of: who asked, organisation, kind, day.",
    ),
    "officer.organisation": Words("单位", "Organisation"),
    "officer.any": Words("不限", "Any"),
    "officer.kind": Words("种类", "Kind"),
    "officer.since": Words("从（上海时间）", "From (the city's days)"),
    "officer.until": Words("到（含当日）", "To, that day included"),
    "officer.day.wrong": Words("日期不对。", "That is not a day."),
    "officer.find": Words("查找", "Search"),
    "officer.refusals.title": Words("拒绝记录", "Refusals"),
    "officer.refusals.about": Words(
        "被拒绝的请求、没有完成的查询，以及身份不明者的汇总。",
        "Refused requests, answers that failed, and summaries of requests from nobody known.",
    ),
    "officer.refusals.open": Words("查看拒绝记录", "Show refusals"),
    "officer.back": Words("回到安全审计", "Back to the audit page"),
    "officer.back.list": Words("回到列表", "Back to the list"),
    "officer.results": Words("记录（本页 {count} 条，新的在前）", "Entries ({count} on this page, newest first)"),
    "officer.results.none": Words("没有符合条件的记录。", "No entry is so."),
    "officer.row": Words("查看", "Open"),
    "officer.row.of": Words("查看第 {index} 号记录", "Open entry {index}"),
    "officer.nobody": Words("身份不明或系统", "Nobody known, or the exchange"),
    "officer.time": Words("时间均为上海时间。", "Times are the city's (Asia/Shanghai)."),
    # the chart
    "officer.chart": Words("各单位每日访问次数", "Accesses by organisation and day"),
    "officer.chart.alt": Words(
        "{since} 至 {until} 的堆叠柱形图，共 {total} 条记录。同样的数字见下方表格。",
        "Stacked bars from {since} to {until}, {total} entries in all. The table below has the same figures.",
    ),
    "officer.chart.none": Words("这些天没有记录。", "There is no entry on these days."),
    "officer.chart.cut": Words(
        "记录种类太多，只统计了较新的日期。", "There are too many figures: only the newer days are counted."
    ),
    "officer.chart.table": Words("以表格显示", "The figures as a table"),
    "officer.chart.day": Words("日期", "Day"),
    "officer.chart.total": Words("合计", "Total"),
    "officer.chart.others": Words("其他单位（{count}）", "Others ({count})"),
    "officer.chart.days": Words("最近天数", "Days"),
    "officer.chart.days.of": Words("{count} 天", "{count} days"),
    "officer.chart.kinds": Words("统计", "Count"),
    "officer.chart.all": Words("全部访问", "All accesses"),
    "officer.chart.show": Words("显示", "Show"),
    "officer.chart.bar": Words("{day} {organisation}：{count} 条", "{day} {organisation}: {count}"),
    # one entry
    "officer.entry.title": Words("日志记录", "Entry of the log"),
    "officer.entry.number": Words("第 {index} 号记录", "Entry {index}"),
    "officer.entry.none": Words(
        "没有这条记录，或不向您显示。", "There is no such entry, or none that is shown to you."
    ),
    "officer.entry.facts": Words("谁、何时、为什么", "Who, when, what for"),
    "officer.entry.shown": Words("哪些字段，如何显示，依据哪条规则", "Which fields, shown how, by which line"),
    "officer.entry.shown.none": Words("没有显示任何字段。", "No field was shown."),
    "officer.entry.given": Words("提供给其他单位系统的数据", "Given to other organisations' systems"),
    "officer.entry.given.none": Words("没有提供给其他单位。", "Nothing was given to another organisation."),
    "officer.entry.field": Words("字段", "Field"),
    "officer.entry.how": Words("显示方式", "Shown"),
    "officer.entry.rows": Words("哪些行，或未提供的原因", "On which rows, or why not"),
    "officer.entry.line": Words("策略行", "Line"),
    "officer.entry.to": Words("接收单位", "Given to"),
    "officer.entry.source": Words("系统", "System"),
    "officer.entry.count": Words("数量", "How many"),
    "officer.entry.document": Words("查询语句（取值已替换为占位符）", "The question, with placeholders for values"),
    "officer.entry.epoch": Words("当时生效的策略版本", "The policy in force, by its hash"),
    "officer.entry.raw": Words("原始记录", "The entry as stored"),
    "officer.entry.proof": Words("证明", "Proof"),
    "officer.entry.proof.text": Words("证明原文（C2SP tlog-proof）", "The proof (C2SP tlog-proof)"),
    "officer.entry.file": Words("下载记录和证明", "Take entry and proof along"),
    "officer.entry.file.note": Words(
        "可在别处核验：tongguan audit verify-receipt --vkey log.vkey entry-….tlog-proof",
        "To be checked elsewhere: tongguan audit verify-receipt --vkey log.vkey entry-….tlog-proof",
    ),
    "officer.entry.withheld": Words(
        "原始记录或证明没有向您提供，因此无法核验。",
        "The entry as stored, or its proof, is not shown to you, so nothing can be checked here.",
    ),
    # the check in the browser
    "proof.key": Words("日志公钥", "The log's public key"),
    "proof.key.note": Words(
        "页面填入的是本平台给出的公钥。请与系统建立时收到的公钥（log.vkey）逐字比对，或把您保存的粘贴到这里再核验："
        "只信任本平台给出的公钥，等于没有核验。",
        "This is the key that the exchange itself gives. Compare it with the one that you received at set-up "
        "(log.vkey), or paste yours here and check again: a key from the machine that you doubt proves nothing.",
    ),
    "proof.fingerprint": Words("公钥指纹（SHA-256）", "Fingerprint of the key (SHA-256)"),
    "proof.again": Words("核验", "Check"),
    "proof.waiting": Words(
        "尚未在浏览器中核验（需要脚本）。您可以下载后用命令核验。",
        "Not checked in this browser, which needs scripts. You can take the file along and check it by the command.",
    ),
    "proof.holds": Words("证明成立", "The proof holds"),
    "proof.fails": Words("证明不成立", "THE PROOF DOES NOT HOLD"),
    "proof.half": Words("只核验了一部分：没有确认签名", "Checked in part only: the signature was not"),
    "proof.holds.means": Words(
        "这些字节在检查点签名时就在日志的这个位置。检查点共 {size} 条记录。",
        "These very bytes stood at this place in the log of {size} entries when the checkpoint was signed.",
    ),
    "proof.fails.means": Words(
        "页面收到的记录、证明或公钥互不相符。请勿采信，保留下载的文件，并立即核验整个日志。",
        "The entry, the proof and the key do not agree. Trust none of it, keep the file, and verify the whole log now.",
    ),
    "proof.half.means": Words(
        "此浏览器不能核验 Ed25519 签名，或页面不是通过 https 打开的。请下载后用命令核验。",
        "This browser can't check Ed25519 signatures, or the page did not come by https. Take the file along and check "
        "it by the command.",
    ),
    "proof.step.read": Words("证明可以读取", "The proof can be read"),
    "proof.step.index": Words("证明所指就是这条记录", "The proof is about the entry of this page"),
    "proof.step.path": Words(
        "由原始记录逐级计算，得到检查点的根", "From the entry's bytes, its hashes lead to the root"
    ),
    "proof.step.key": Words("公钥有效，且属于这本日志", "The key is whole, and of this log"),
    "proof.step.signature": Words("检查点由这把公钥对应的私钥签名", "The checkpoint is signed with this key"),
    "proof.yes": Words("成立", "holds"),
    "proof.no": Words("不成立", "does not hold"),
    "proof.unknown": Words("未核验", "not checked"),
    # fields of entries
    "access.at": Words("时间", "When"),
    "access.person": Words("访问人", "Who asked"),
    "access.organisation": Words("单位", "Organisation"),
    "access.application": Words("应用", "Application"),
    "access.purpose": Words("目的", "Purpose"),
    "access.mode": Words("模式", "Mode"),
    "access.kind": Words("种类", "Kind"),
    "access.how": Words("与当事人的关系", "How the person occurs"),
    "access.outcome": Words("结果", "Outcome"),
    "access.act": Words("办理事项", "What was done"),
    "access.under": Words("依据", "Rests on"),
    # words of entries
    "kind.release": Words("提供数据", "Data was given out"),
    "kind.wave": Words("提供给其他单位系统", "Told to another system"),
    "kind.refusal": Words("拒绝", "Refused"),
    "kind.failure": Words("未完成", "Failed"),
    "kind.unidentified": Words("身份不明（汇总）", "Nobody known (summary)"),
    "kind.subjects": Words("当事人名单（分段）", "People of a large answer"),
    "kind.policy": Words("策略生效", "Policy in force"),
    "kind.act": Words("办理事项", "Act"),
    "how.released": Words("记录被查看", "shown"),
    "how.given": Words("号码提供给其他系统", "told to another system"),
    "how.probed": Words("被按号码查找", "searched for"),
    "how.named": Words("被提到", "named"),
    "outcome.answered": Words("已答复", "answered"),
    "outcome.partial": Words("部分答复（有来源未回应）", "answered in part"),
    "outcome.given": Words("已提供", "given"),
    "outcome.in force": Words("已生效", "in force"),
    "shown.plain": Words("完整显示", "in full"),
    "shown.withheld": Words("未提供", "not shown"),
    "shown.denied": Words("在这些行上禁止", "closed on these rows"),
    "shown.filter": Words("只用于筛选，未显示", "filtered by, not shown"),
    "shown.match": Words("按确切值查找，未显示", "searched for by its value, not shown"),
    "shown.derive": Words("用于计算，未显示", "computed with, not shown"),
    "shown.write": Words("办理", "done"),
    "shown.deliver": Words("提供给{organisation}", "told to {organisation}"),
    "rows.own": Words("本人负责区域（own）", "own areas (own)"),
    "rows.any": Words("任何行（any）", "any rows (any)"),
    "rows.emergency": Words("应急区域（emergency）", "the emergency's area (emergency)"),
    "rows.self": Words("本人（self）", "the asker's own (self)"),
    "rows.case": Words("经办案件（case）", "the asker's cases (case)"),
    "rows.glass": Words("破窗打开的记录（glass）", "opened in urgent need (glass)"),
}
