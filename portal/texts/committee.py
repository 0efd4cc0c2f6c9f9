"""Texts of the committee's pages."""

from __future__ import annotations

from typing import Final

from vocabulary.catalogue import Words

TEXTS: Final = {
    "committee.title": Words("我的居民", "Own residents"),
    "committee.about": Words(
        "查找本区域的居民，看他们的接种、用餐和紧急联系人。",
        "Find the residents of your area: vaccination, meals, emergency contact.",
    ),
    "committee.choose": Words("为什么要查看？", "What do you need it for?"),
    "committee.open": Words("查看居民", "Show residents"),
    "committee.change": Words("换一个目的", "Another purpose"),
    "committee.none": Words(
        "目前没有任何目的可以让您查看居民。请联系您单位的数据管理员。",
        "No purpose opens residents to you at present. Please ask your data steward.",
    ),
    "committee.search": Words("筛选", "Search"),
    "committee.search.note": Words(
        "只列出您能完整看到的内容：按看不到的内容筛选会透露它。",
        "Only what you see in full is offered: a search by something hidden would give it away.",
    ),
    "committee.search.area": Words(
        "区域代码，多个用逗号分开；留空为全部负责区域", "Area codes, with commas between; empty for all of your areas"
    ),
    "committee.search.any": Words("不限", "Any"),
    "committee.search.gte": Words("{field} 从", "{field} from"),
    "committee.search.lte": Words("{field} 到", "{field} to"),
    "committee.search.startsWith": Words("{field} 以此开头", "{field} begins with"),
    "committee.search.go": Words("查找", "Find"),
    "committee.search.clear": Words("清除条件", "Clear"),
    "committee.wrong": Words("“{field}”的值不对。", "The value for “{field}” is not right."),
    "committee.results": Words("居民（本页 {count} 位）", "Residents ({count} on this page)"),
    "committee.results.none": Words(
        "没有符合条件、可以向您显示的居民。", "No residents match that may be shown to you."
    ),
    "committee.results.more": Words("可能还有更多，请看下一页。", "There may be more: see the next page."),
    "committee.row": Words("详情", "Details"),
    "committee.row.of": Words("第 {number} 位居民的详情", "Details of resident {number}"),
    "committee.next": Words("下一页", "Next page"),
    "committee.previous": Words("上一页", "Previous page"),
    "committee.first": Words("第一页", "First page"),
    "committee.paging": Words("翻页", "Pages"),
    "resident.title": Words("居民详情", "Resident"),
    "resident.none": Words(
        "没有这位居民，或不向您显示。", "There is no such resident, or none that may be shown to you."
    ),
    "resident.back": Words("回到居民列表", "Back to the list"),
    "resident.own": Words("基本信息", "About them"),
    "resident.empty": Words("没有，或不向您显示。", "None, or none that may be shown to you."),
}
