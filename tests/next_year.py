"""A holiday notice for 2027, of our own making: the real one is not published yet."""

from __future__ import annotations

NEXT_YEAR = {
    "number": "测试〔2026〕1号",
    "title": "2027 年放假安排（测试）",
    "year": 2027,
    "region": "CN",
    "issued_on": "2026-12-10",
    "holds_from": "2026-12-10",
    "off": [
        "2027-01-01",
        "2027-01-04",
        "2027-02-05",
        "2027-02-08",
        "2027-02-09",
        "2027-02-10",
        "2027-02-11",
        "2027-02-12",
        "2027-05-01",
        "2027-05-03",
        "2027-10-01",
    ],
    "work": ["2027-01-09"],
    "src": "P",
}
