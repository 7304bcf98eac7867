"""Opt-out and opt-in words: the whole message, in Indonesian, Sundanese or English.

A word among others means nothing here: "tolong STOP gangguan ini" is a complaint, "mau berhenti langganan" cancels a
contract. Words: the operators' own (STOP, UNREG, MULAI), and CTIA's list for English.
"""

from typing import Literal

from caring.understanding import normalise

Choice = Literal["opt_out", "opt_in"]

# Courtesies and addresses that may stand around the word, as words.toml spells them.
POLITE = normalise.rule_words("optout", "polite")
# "stop" and its Sundanese and slang writings come out of the tables as "berhenti".
_STOPS = normalise.rule_words("optout", "stops")
_OBJECTS = normalise.rule_words("optout", "objects")
_VERBS = normalise.rule_words("optout", "verbs")
_SENTENCES = normalise.rule_words("optout", "sentences")
_STARTS = normalise.rule_words("optout", "starts")
_START_SENTENCES = normalise.rule_words("optout", "start_sentences")
_MAIL_SENTENCES = normalise.rule_words("optout", "mail_sentences")


def choice(text: str, channel: str = "") -> tuple[Choice, str] | None:
    """What a whole message chooses and the words that say so; None when it is no such message.

    "Berhenti berlangganan" is what mail programs call leaving a list, so it counts in an e-mail only; elsewhere it is a
    customer who leaves.
    """
    said = normalise.words(text[:200])
    if len(text) > 200 or not said:
        return None
    if len(said) > 3 and all(len(letter) == 1 for letter in said):
        said = normalise.words("".join(said))  # S T O P
    core = [word for word in said if word not in POLITE]
    sentence = " ".join(core)
    if core and core[0] in _STOPS and all(word in _OBJECTS or word in _STOPS for word in core[1:]):
        return "opt_out", sentence
    if core[:1] == ["jangan"] and core[1:2] and core[1] in _VERBS and all(word in _OBJECTS for word in core[2:]):
        return "opt_out", sentence
    if sentence in _SENTENCES or (channel == "email" and sentence in _MAIL_SENTENCES):
        return "opt_out", sentence
    starts = core and core[0] in _STARTS and all(word in _OBJECTS for word in core[1:])
    if starts or sentence in _START_SENTENCES:
        return "opt_in", sentence
    return None
