"""What somebody wrote in a mail, without what his program added: the quoted mail, its heading, his signature.

Two readers: our own rules, by line, and mail-parser-reply for headings that they do not know. Own rules after mails of
Gmail, Outlook, Apple Mail, Yahoo and K-9 in Indonesian and a dozen other languages.
"""

import re
from collections.abc import Sequence

from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

MOST_LINES, LONGEST_LINE = 2000, 2000  # beyond these nothing is read: no customer writes so much
_HEADING_LINES = 6  # programs fold a heading into so many lines at most
_PARSED_CHARACTERS = 8000  # its expressions grow faster than the text

_INVISIBLE = str.maketrans("", "", "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u1427")
_MAIL = r"<?\s*(?:mailto:)?[^\s<>]+@[^\s<>]+"

# Who wrote when, on one line or folded; without the quotation signs before it.
_HEADINGS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:pada|tanggal|tgl|di|dina)\s.{4,200}?\s(?:menulis|nulis|nyerat|berkata)\s*:",
        rf".{{0,80}}{_MAIL}.{{0,40}}\b(?:menulis|nulis|wrote|schrieb|skrev|écrit|escribió|scrisse|napisał\S*|написал\S*)\s*:",
        r"(?:on|at)\s.{4,250}?\s?wrote\s*:",
        r"-{2,6}\s*(?:on|pada)\s.{4,250}?(?:wrote|menulis)\s*-{2,6}",
        r"le\s.{4,250}?a écrit\s*:",
        r"am\s.{4,250}?schrieb.{0,120}:",
        r"op\s.{4,250}?(?:schreef|het volgende geschreven).{0,200}:",
        r"el\s.{4,250}?escribió\s*:",
        r"em\s.{4,250}?escreveu\s*:",
        r"il\s.{4,250}?ha scritto\s*:",
        r"(?:den|på)\s.{4,250}?(?:skrev|schrieb)\b.{0,200}:",
        r"(?:dnia|w dniu)?\s*\d?.{4,250}?napisał(?:\(a\)|a)?\s*:",
        r".{4,250}?(?:написал|пишет)(?:\(а\)|а)?\s*:",
        r"\d{4}-\d{2}-\d{2},? \d{1,2}[:.]\d{2}\s.{0,40}?(?:gmt|utc|wib|wita|wit|[+-]\d{2}:?\d{2}).{0,200}",
        r"\d{4}年\d{1,2}月\d{1,2}日.{0,200}[:：]",
    )
)
_BEGINS = re.compile(  # a heading's first line, so that six lines are joined at few places only
    r"(?:pada|tanggal|tgl|di|dina|on|at|-{2,6}|le|am|op|el|em|il|den|på|dnia|w)\s|.*@|\d|.*(?:wrote|schrieb|написал|napisa)"
    r"|.{0,40}\b(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр)",
    re.IGNORECASE,
)
_DATED = re.compile(r"(?:on|at|pada|tanggal|tgl|le|am|op|el|em|il|den|på|dnia)\s", re.IGNORECASE)
_FIELD = re.compile(
    r"[*_ >]*(?:from|sent|date|to|subject|cc|reply-to|importance|organization|dari|dikirim|tanggal|kepada|ke|subjek|"
    r"perihal|hal|balas ke|tembusan|von|gesendet|datum|an|betreff|de|envoyé|à|objet|enviado|para|asunto|da|data|a|"
    r"oggetto|risposta|inviato|van|verzonden|aan|onderwerp|fra|sendt|til|emne)\s*:[* ]*(?:\s.*|$)",
    re.IGNORECASE,
)
_SENDER = re.compile(r"[*_ >]*(?:from|dari|von|de|da|van|fra)\s*:", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"[> ]*(?:-{3,}\s*(?:original message|pesan asli|pesan asal|pesan terusan|pesan yang diteruskan|forwarded message|"
    r"ursprüngliche nachricht|message d'origine|mensaje original|mensagem original|messaggio originale|"
    r"oorspronkelijk bericht|исходное сообщение)\s*-*|begin forwarded message:|mulai pesan terusan:|"
    r"awal pesan yang diteruskan:)\s*",
    re.IGNORECASE,
)
_SIGNATURE_BEGINS = re.compile(r"--\s*|—\s*|_{20,}\s*|-{20,}\s*")
_SENT_FROM = re.compile(
    r"[<(> ]*(?:(?:sent|dikirim|terkirim|dikirimkan|verzonden|envoyé|enviado|inviato|sendt|skickat|gesendet|wysłane|"
    r"отправлено|get|dapatkan|unduh|diposkan)\s(?:from|via|with|by|dari|melalui|dengan|lewat|met|depuis|desde|dal|fra|från|"
    r"von|z|с|outlook|\[?outlook|vanuit|dengan menggunakan)\b.{0,120}|from my .{1,40}|\w+ from mobile|"
    r"(?:von meinem|diese nachricht).{0,80}gesendet\.?|從我的.{1,30}傳送|get \[.{0,120}|"
    r"dikirim (?:ulang )?oleh .{1,60})",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\s*(?:\w{0,3}>|\|)")
_ORNAMENT = re.compile(r"[\W_]*")
_PARSER = EmailReplyParser(languages=list(MAIL_LANGUAGES))


def reply_of(text: str) -> str:
    """The part of a mail's text that is new; "" when it only quotes. Quotes that are answered in between stay."""
    lines = _lines(text)
    if not any(line.strip() for line in lines):
        return ""
    lines = _drop_leading_headings(lines)
    lines = _cut_at_headings(lines)
    lines = _cut_as_parsed(lines)
    return "\n".join(_without_ending(lines)).strip("\n").rstrip()


def own_words(text: str) -> str:
    """The reply without any quoted line: what its writer says, for the rules that read meanings."""
    return "\n".join(line for line in reply_of(text).split("\n") if not _QUOTED.match(line)).strip()


def _lines(text: str) -> list[str]:
    shown = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").translate(_INVISIBLE)
    return [line[:LONGEST_LINE].rstrip() for line in shown.split("\n")[:MOST_LINES]]


def _heading(lines: Sequence[str], place: int) -> int:
    """How many lines a heading takes that begins here; 0 when none does."""
    first = _bare(lines[place])
    if not first:
        return 0
    if _SEPARATOR.fullmatch(lines[place]):
        return 1 + _fields(lines, place + 1)
    fields = _fields(lines, place, least=2)
    if fields and _SENDER.match(lines[place]):
        return fields
    if not _BEGINS.match(first[:200]):
        return 0
    joined = ""
    for taken in range(min(_HEADING_LINES, len(lines) - place)):
        more = _bare(lines[place + taken])
        if not more and not _DATED.match(first):
            return 0
        joined = f"{joined} {more}".strip()[:400]
        if any(heading.fullmatch(joined) for heading in _HEADINGS):
            return taken + 1
    return 0


def _fields(lines: Sequence[str], place: int, least: int = 1) -> int:
    """How many lines of a quoted mail's own header stand here, one folded line between them allowed."""
    end, seen = place, 0
    while end < len(lines) and end < place + 12:
        if _FIELD.match(lines[end]):
            seen += 1
        elif not seen or not lines[end].strip() or not _FIELD.match(lines[end - 1]):
            break
        end += 1
    return end - place if seen >= least else 0


def _bare(line: str) -> str:
    return line.lstrip("> ").strip()


def _drop_leading_headings(lines: list[str]) -> list[str]:
    """A mail that begins with the heading of what it quotes: its writer's words come after the quotation."""
    for _ in range(50):
        start = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
        if start == len(lines):
            return []
        taken = _heading(lines, start)
        if not taken:
            return lines[start:]
        lines = lines[start + taken :]
        rest = next((line for line in lines if line.strip()), "")
        if _QUOTED.match(rest):
            lines = _after_quotation(lines)
    return lines


def _after_quotation(lines: list[str]) -> list[str]:
    place = 0
    while place < len(lines) and (not lines[place].strip() or _QUOTED.match(lines[place])):
        place += 1
    return lines[place:]


def _cut_at_headings(lines: list[str]) -> list[str]:
    """End at the first heading, but only take the heading out where its writer answers between the quoted lines."""
    kept: list[str] = []
    place = 0
    while place < len(lines):
        taken = _heading(lines, place)
        if not taken:
            kept.append(lines[place])
            place += 1
            continue
        rest = lines[place + taken :]
        first = next((line for line in rest if line.strip()), "")
        answered = _QUOTED.match(first) and not _QUOTED.match(lines[place]) and _speaks(_after_quotation(rest))
        if not answered:
            break
        place += taken
    return kept


def _speaks(lines: list[str]) -> bool:
    """Whether words of the writer's own are left, not a signature or another heading."""
    left = _without_ending(_cut_at_headings(lines)) if lines else []
    return any(any(map(str.isalnum, line)) and not _QUOTED.match(line) for line in left)


def _cut_as_parsed(lines: list[str]) -> list[str]:
    """End where mail-parser-reply sees a quoted mail begin, in a language that our own rules do not know."""
    text = "\n".join(lines)
    if len(text) > _PARSED_CHARACTERS or not any(_QUOTED.match(line) for line in lines):
        return lines
    replies = _PARSER.read(text).replies
    if len(replies) < 2 or not replies[0].content.strip():
        return lines
    wanted = sum(1 for line in replies[0].content.split("\n") if line.strip())
    kept: list[str] = []
    for line in lines:
        if not wanted:
            break
        kept.append(line)
        wanted -= bool(line.strip())
    rest = lines[len(kept) :]
    return lines if _speaks(_after_quotation(rest[1:])) else kept


def _without_ending(lines: list[str]) -> list[str]:
    """Without signature, "sent from" lines, ornaments and what is quoted at the end."""
    for place, line in enumerate(lines):
        if place and _SIGNATURE_BEGINS.fullmatch(line.strip()) and not _QUOTED.match(line):
            lines = lines[:place]
            break
    end = len(lines)
    quoted_end = any(any(map(str.isalnum, line)) and not _QUOTED.match(line) for line in lines)
    while end:
        line = lines[end - 1].strip()
        if (
            _SENT_FROM.fullmatch(line)
            or (_ORNAMENT.fullmatch(line) and not line.endswith(tuple("!?.)😀👍🙏")))
            or (quoted_end and _QUOTED.match(lines[end - 1]))
        ):
            end -= 1
        else:
            break
    return lines[:end]
