"""Measure the trimming of replies: `python -m tests.bench.trimmed --mails FOLDER` prints a JSON line.

FOLDER holds `emails` and `trimmed`, as Discourse's email_reply_trimmer has them. Counted: how many are trimmed exactly
as expected, by us and by mail-parser-reply alone in each of its ways.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import orjson
from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

from caring.understanding import mail


def alone(text: str) -> dict[str, str]:
    """What mail-parser-reply gives by itself, in each way of asking it."""
    every = EmailReplyParser(languages=list(MAIL_LANGUAGES)).read(text)
    english = EmailReplyParser(languages=["en"]).read(text)
    return {
        "latest reply, English": english.latest_reply or "",
        "latest reply, all languages": every.latest_reply or "",
        "body, English": english.replies[0].body,
        "body, all languages": every.replies[0].body,
    }


def measure(folder: Path) -> dict[str, object]:
    """How many mails are trimmed exactly as expected; blanks at both ends do not count."""
    right: Counter[str] = Counter()
    ours, wrong = 0, []
    mails = sorted((folder / "emails").glob("*.txt"))
    for file in mails:
        text = file.read_text("utf-8", errors="replace")
        expected = (folder / "trimmed" / file.name).read_text("utf-8", errors="replace").strip()
        if mail.reply_of(text).strip() == expected:
            ours += 1
        else:
            wrong.append(file.name)
        right.update(way for way, got in alone(text).items() if got.strip() == expected)
    return {"mails": len(mails), "ours": ours, "alone": dict(right), "wrong": wrong}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.trimmed", description="Measure the trimming of replies."
    )
    parser.add_argument("--mails", type=Path, required=True, help="the folder with emails and trimmed")
    print(orjson.dumps(measure(parser.parse_args().mails)).decode())


if __name__ == "__main__":
    main()
