"""Signing in and out, the choices of look, and what a stranger meets."""

from __future__ import annotations

from tests.pages.conftest import Site, follow, serious, signs_in


def test_signing_in_leads_to_the_desk_and_out_again(site: Site) -> None:
    site.password("zhao")
    page = site.visitor()
    page.goto("/sign-in")
    signs_in(page, "zhao")
    assert page.url.endswith("/desk")
    assert "赵敏" in page.inner_text("header")
    follow(page, "text=退出")
    assert page.url.endswith("/sign-in")
    page.goto("/desk")
    assert "/sign-in" in page.url
    icon = page.request.get("/favicon.ico")
    assert (icon.status, icon.headers["content-type"].partition(";")[0]) == (200, "image/svg+xml")


def test_a_wrong_password_is_said_and_the_page_is_clean(site: Site) -> None:
    page = site.visitor()
    page.goto("/sign-in")
    page.fill("#login", "zhao")
    page.fill("#password", "no")
    follow(page, "main button.btn--primary")
    assert "账号或密码不对" in page.inner_text("[role=alert]")
    assert page.input_value("#login") == "zhao"
    assert serious(page) == []
