"""Every refusal as a plain sentence: those of the exchange (docs/errors.md), and those of the pages alone."""

from __future__ import annotations

from typing import Final

from vocabulary.catalogue import Words

_TRY = "请稍后再试。"

TEXTS: Final = {
    # of the exchange
    "code.METHOD_NOT_ALLOWED": Words("这个页面不能这样打开。", "This page can't be opened in this way."),
    "code.GET_REFUSED": Words("这个查询不能通过网址发送。", "This question can't be sent as an address."),
    "code.ACCEPT_UNSUPPORTED": Words(
        "浏览器要求的格式不提供。", "The answer is not available in the format that was asked for."
    ),
    "code.MEDIA_TYPE_UNSUPPORTED": Words("发送的内容格式不对。", "What was sent has the wrong format."),
    "code.ADDRESS_TOO_LONG": Words("网址太长。", "The address is too long."),
    "code.BODY_TOO_LARGE": Words("发送的内容太大，请减少后再试。", "What was sent is too large. Please send less."),
    "code.BODY_MALFORMED": Words("发送的内容不完整或无法读取。", "What was sent is incomplete, or can't be read."),
    "code.TOKEN_MISSING": Words("您还没有登录。", "You are not signed in."),
    "code.TOKEN_INVALID": Words(
        "登录信息不被本平台认可，请重新登录；仍不行请联系管理员。",
        "Your sign-in is not one that this exchange trusts. Sign in again, or ask your administrator.",
    ),
    "code.TOKEN_EXPIRED": Words("登录已过期，请重新登录。", "Your sign-in has expired. Please sign in again."),
    "code.CREDENTIAL_INVALID": Words(
        "应用的密钥或证书不被认可，请联系管理员。",
        "The application's key or certificate is not trusted. Ask the operator.",
    ),
    "code.CREDENTIAL_EXPIRED": Words(
        "应用的登记已到期，请联系管理员。", "The application's registration has ended. Ask the operator to extend it."
    ),
    "code.CREDENTIAL_UNTRUSTED_PROXY": Words(
        "请求经过了未登记的代理，请联系管理员。",
        "The request came through a proxy that is not declared. Ask the operator.",
    ),
    "code.PROVIDER_UNAVAILABLE": Words(
        f"统一身份认证暂时没有回应，无法确认您的身份。{_TRY}",
        "The identity service does not answer, so nobody can be recognised just now. Please try again later.",
    ),
    "code.PURPOSE_MISSING": Words("请先选择使用目的。", "Please choose first what it is for."),
    "code.PURPOSE_UNKNOWN": Words("没有这个使用目的，请重新选择。", "There is no such purpose. Please choose another."),
    "code.AGREEMENT_UNKNOWN": Words(
        "没有对这个目的生效的、属于贵单位的这份共享协议。请核对编号和期限，或留空。",
        "No such agreement of your organisation is in force for this purpose. Compare its number, or leave it out.",
    ),
    "code.MODE_UNKNOWN": Words(
        "没有这种模式，请选择日常或应急。", "There is no such mode: choose ordinary or emergency."
    ),
    "code.EMERGENCY_MISSING": Words("目前没有生效的应急状态。", "No emergency is in force at present."),
    "code.PERSISTED_QUERY_NOT_FOUND": Words(
        "平台没有保存这条查询，请发送全文。", "The exchange does not keep this question. Please send it in full."
    ),
    "code.PERSISTED_QUERY_MISMATCH": Words(
        "查询语句与其校验值不符。", "The question is not the one that its hash names."
    ),
    "code.DOCUMENT_UNLISTED": Words(
        "本平台只运行已登记的查询语句，请联系管理员登记。",
        "Only questions of a trusted list run here. Ask the operator to list this one.",
    ),
    "code.DOCUMENT_MALFORMED": Words(
        "查询语句写法有误，请看标出的位置。", "The question is not GraphQL; see the marked place."
    ),
    "code.DOCUMENT_INVALID": Words(
        "查询中有图里没有的名称或用法，请看标出的位置。",
        "The question names something that the graph does not have; see the marked place.",
    ),
    "code.DOCUMENT_TOO_LONG": Words("查询太长，请分几次查询。", "The question is too long. Ask for less at a time."),
    "code.DOCUMENT_TOO_DEEP": Words(
        "查询层次太多，请分两步查询。", "The question is nested too deeply. Ask in two steps."
    ),
    "code.DOCUMENT_TOO_WIDE": Words(
        "一次查询的内容太多，请减少。", "The question asks for too much at once. Ask for less."
    ),
    "code.DOCUMENT_TOO_COSTLY": Words(
        "结果可能太大，请减少每页条数。", "The answer could be too large. Take smaller pages."
    ),
    "code.OPERATION_UNKNOWN": Words("请指明要运行哪一个操作。", "Say which of the operations is to run."),
    "code.OPERATION_UNSUPPORTED": Words("不支持这种操作。", "This kind of operation is not answered here."),
    "code.VARIABLES_INVALID": Words("变量缺失或类型不对。", "A variable is missing, or of the wrong type."),
    "code.GRAPH_UNREACHABLE": Words(
        "从这里无法取到这项内容，请换一种查询方式，或联系管理员。",
        "This can't be had from here. Ask for it in another way, or tell the operator.",
    ),
    "code.ARGUMENT_INVALID": Words(
        "某个条件的值不对，请检查后再试。", "A value of the search is not right. Please look at it again."
    ),
    "code.ARGUMENT_REFUSED": Words(
        "只能按您能完整看到的内容筛选。", "You can search only by what is shown to you in full."
    ),
    "code.ORDER_REFUSED": Words("只能按您能完整看到的内容排序。", "You can sort only by what is shown to you in full."),
    "code.CURSOR_INVALID": Words(
        "这一页的位置已失效，请从第一页重新开始。",
        "The place in the list no longer holds. Please begin at the first page.",
    ),
    "code.ACT_REFUSED": Words("不允许您办理此事，或现在不能办理。", "You may not do this, or not now."),
    "code.LIMIT_EXCEEDED": Words(
        "已超过今天为此目的可查看的数量，没有显示任何内容。请缩小范围，或明天再查。",
        "This is more than you may see for this purpose today, so nothing is shown. Ask for less, or come tomorrow.",
    ),
    "code.OVERLOADED": Words(
        "现在查询的人太多，请稍等片刻再试。", "Too many people ask at once. Please wait a moment."
    ),
    "code.POLICY_UNAVAILABLE": Words(
        f"平台暂时无法读取授权规则，因此不提供任何数据。{_TRY}",
        "The exchange can't read its policy just now, so nothing is shown. Please try again later.",
    ),
    "code.POLICY_CHANGED": Words(
        "授权规则刚刚变更，请再查一次。", "What may be shown has just changed. Please ask again."
    ),
    "code.RECEIPT_UNAVAILABLE": Words(
        f"平台暂时无法存证，因此不提供任何数据。{_TRY}",
        "The exchange can't put this on record just now, so nothing is shown. Please try again later.",
    ),
    "code.REGISTRY_UNAVAILABLE": Words(
        f"登记簿暂时不可用。{_TRY}再次办理前请先查看清单。",
        "The registry is not available. Try again later, and look at the list before you act again.",
    ),
    "code.LIMITS_UNAVAILABLE": Words(
        f"平台暂时无法计算您今天的余量，因此不提供任何数据。{_TRY}",
        "What you may still see today can't be counted just now, so nothing is shown. Please try again later.",
    ),
    "code.DEADLINE_EXCEEDED": Words(
        "查询用时太长，已停止。请缩小范围。", "This took too long and was given up. Ask for less."
    ),
    "code.INTERNAL": Words(
        "平台出了问题，没有提供任何数据。请把时间告诉管理员。",
        "Something of ours went wrong. Nothing was shown. Please tell the operator the time.",
    ),
    "code.SOURCE_TIMEOUT": Words("没有及时回应。", "it did not answer in time."),
    "code.SOURCE_UNAVAILABLE": Words("暂时无法连接。", "it can't be reached."),
    "code.SOURCE_OVERLOADED": Words("暂时太忙。", "it is too busy."),
    "code.SOURCE_INVALID": Words("回应有误，没有采用。", "what it answered could not be used."),
    "code.SOURCE_REFUSED": Words("不接受本平台的凭证。", "it does not accept the exchange's credentials."),
    "code.SOURCE_UNDECIDED": Words("无法判断哪些记录可以给您看。", "it can't tell which records you may see."),
    "code.SOURCE_ERROR": Words("返回了错误，没有给出这项内容。", "it answered with an error in place of this."),
    "code.SOURCE_ARGUMENT_REFUSED": Words(
        "不接受这里的筛选、排序或查找条件。", "it refuses the filter, order or search that was used here."
    ),
    "code.SOURCE_PURPOSE_REFUSED": Words(
        "不按此目的或模式提供数据。", "it does not answer for this purpose or in this mode."
    ),
    "code.SOURCE_LIMIT_EXCEEDED": Words("今天可提供的数据已达上限。", "it has shown as much as it does in a day."),
    # of the pages alone
    "code.SESSION_ENDED": Words(
        "您的登录已结束，请重新登录。页面上没有保留任何内容。",
        "Your session has ended. Please sign in again. Nothing was kept here.",
    ),
    "code.SESSIONS_UNAVAILABLE": Words(f"暂时无法登录。{_TRY}", "Nobody can sign in just now. Please try again later."),
    "code.SIGN_IN_FAILED": Words(
        "登录没有成功，请从登录页重新开始。", "Signing in did not work. Please begin again at the sign-in page."
    ),
    "code.FORM_FOREIGN": Words(
        "为了安全，没有接受这次提交：它不是从本页面发出的，或页面已过期。请重新打开页面再试。",
        "For safety this was not taken: it did not come from a page of ours, or the page is old. Open the page anew.",
    ),
    "code.FORM_MALFORMED": Words("提交的表单不完整或无法读取。", "The form is incomplete, or can't be read."),
    "code.PAGE_MISSING": Words("没有这个页面。", "There is no such page."),
    "code.HOST_UNKNOWN": Words(
        "请使用正式网址打开（管理员：设置 TONGGUAN_PUBLIC_URL）。",
        "Open the pages by their own address (operator: set TONGGUAN_PUBLIC_URL).",
    ),
}
