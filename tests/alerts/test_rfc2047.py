"""Headers read back exactly, and break no rule of RFC 2047."""

from __future__ import annotations

import random
import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from alerts.clean import clean
from alerts.rfc2047 import address_header, header
from tests.alerts.samples import HOSTILE

ARABIC = ["اتفاق", "أمني", "مشترك", "بين", "وزارة", "الداخلية", "العراقية", "والأردن", "لمكافحة", "الإرهاب", "والتهريب"]
KURDISH = ["ڕێککەوتنی", "ئەمنی", "نێوان", "هەولێر", "و", "بەغدا", "بۆ", "پاراستنی", "سنوورەکان"]
HEBREW = ["הסכם", "ביטחוני", "חדש", "בין", "שתי", "המדינות", "בנושא", "הגבול"]
PERSIAN = ["توافق\u200cنامه", "امنیتی", "میان", "ایران", "و", "عراق", "می\u200cشود", "امضا"]
LATIN = ["NATO", "2026:", "(SDF)", "F-16,", '"Kobanê"', "Şırnak", "=?x?=", "50%"]


def subjects(count):
    chance = random.Random(20261124)
    for _ in range(count):
        words = chance.choice([ARABIC, KURDISH, HEBREW, PERSIAN]) + LATIN
        yield " ".join(chance.choice(words) for _ in range(chance.randrange(1, 30)))


def read_back(raw):
    return message_from_bytes(raw.encode("ascii") + b"\r\nbody", policy=policy.default)


def obeys_2047(raw):
    lines = raw.removesuffix("\r\n").split("\r\n")
    words = re.findall(r"=\?utf-8\?b\?[A-Za-z0-9+/=]*\?=", raw)
    return all(len(line) <= 76 for line in lines) and all(len(word) <= 75 for word in words)


def test_2000_right_to_left_subjects_read_back_exactly():
    wrong = [s for s in subjects(2000) if read_back(header("Subject", s))["Subject"] != s]
    assert wrong == []


def test_2000_right_to_left_subjects_keep_the_lengths():
    assert [s for s in subjects(2000) if not s.isascii() and not obeys_2047(header("Subject", s))] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_no_headline_makes_a_header_of_its_own(text):
    message = read_back(header("Subject", clean(text, 250)))
    assert message.keys() == ["Subject"]
    assert message["Subject"] == clean(text, 250)


def test_long_ascii_is_not_folded():
    value = "<https://marsad.example/" + "a" * 600 + ">"
    assert header("List-Id", value) == f"List-Id: {value}\r\n"


@pytest.mark.parametrize("name", ["", "Marsad", "مرصد الأخبار", 'Desk "A" \\ B', "ناوەندی هەواڵ " * 6])
def test_names_of_senders_read_back(name):
    # Decoded by email.header: the newer parser puts blanks between the words of a phrase.
    message = message_from_bytes(address_header("From", clean(name, 100), "desk@example.org").encode())
    decoded = str(make_header(decode_header(message["From"])))
    assert parseaddr(decoded) == (clean(name, 100), "desk@example.org")
