"""Texts of sign-in and sign-out."""

from __future__ import annotations

from typing import Final

from vocabulary.catalogue import Words

TEXTS: Final = {
    "sign_in.title": Words("登录", "Sign in"),
    "sign_in.lead": Words(
        "部门、街镇和居委工作人员的数据交换页面。", "Pages of the city's data exchange, for its staff."
    ),
    "sign_in.provider": Words("使用统一身份认证登录", "Sign in with the city's identity service"),
    "sign_in.leave": Words("正在前往统一身份认证……", "Going to the city's identity service …"),
    "sign_in.leave.link": Words("如果没有自动跳转，请点这里", "Go on by this link if nothing happens"),
    "sign_in.none": Words(
        "本交换平台没有配置登录。请管理员按运维手册设置。",
        "No sign-in is set up here. The operator's guide says how.",
    ),
    "sign_in.development": Words("开发登录：选择一位虚构人员", "Development sign-in: choose a made-up person"),
    "sign_in.as": Words("以此人登录", "Sign in as this person"),
    "sign_out": Words("退出登录", "Sign out"),
}
