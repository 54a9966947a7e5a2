"""The speaker's queue, what it tells and how it goes from one engine to the next. No sound here; see test_heard."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from desktop_app.speech.engine import (
    USABLE,
    Availability,
    EngineKind,
    EngineUnusable,
    Outcome,
    SpeechEngine,
    SpeechOptions,
    Voice,
)
from desktop_app.speech.silent_engine import SilentEngine
from desktop_app.speech.speaker import Speaker, SpeakerEvents, say_and_wait
from tests.conftest import StrictLog
from tests.helpers.waiting import wait_until
from tests.speech.conftest import MakeSpeaker, Told

BROKEN = ("The paper engine is torn.", "Take another sheet.")


class PaperEngine:
    """Writes down what it is told to say; "wait" lasts until it is stopped, "fail" and "surprise" raise."""

    kind = EngineKind.ESPEAK
    name = "paper"

    def __init__(self, is_usable: bool = True) -> None:
        self.is_usable = is_usable
        self.said: list[str] = []
        self.options: list[SpeechOptions] = []
        self.has_begun = threading.Event()
        self.woken = threading.Event()
        self.closed = 0

    def is_available(self) -> Availability:
        return USABLE if self.is_usable else Availability(False, *BROKEN)

    def voices(self) -> list[Voice]:
        return [Voice("ink", "Ink", "en")]

    def prepare(self) -> None:
        self.said.append("(prepared)")

    def speak(self, text: str, options: SpeechOptions, cancelled: threading.Event) -> Outcome:
        self.woken.clear()
        self.has_begun.set()
        while text == "wait" and not cancelled.is_set():
            assert self.woken.wait(10), "nobody stopped it"
        if cancelled.is_set():
            return Outcome.STOPPED
        if text == "fail":
            raise EngineUnusable(*BROKEN)
        if text == "surprise":
            raise ZeroDivisionError
        self.said.append(text)
        self.options.append(options)
        return Outcome.SPOKEN

    def stop(self) -> None:
        self.woken.set()

    def close(self) -> None:
        self.closed += 1


def wait(speaker: Speaker) -> None:
    """Until everything has been said."""
    assert speaker.wait_until_idle(10)


def test_sentences_are_said_in_order_and_told(make_speaker: MakeSpeaker, told: Told) -> None:
    paper = PaperEngine()
    speaker = make_speaker([lambda: paper])
    utterances = [speaker.say(text, interrupt=False) for text in ("one", "two")]
    wait(speaker)
    assert paper.said == ["one", "two"]
    assert told.events == [("started", "one"), ("spoken", "one"), ("started", "two"), ("spoken", "two")]
    assert [utterance.outcome for utterance in utterances] == [Outcome.SPOKEN, Outcome.SPOKEN]


def test_a_new_sentence_cuts_off_what_is_said_and_drops_what_waits(make_speaker: MakeSpeaker, told: Told) -> None:
    paper = PaperEngine()
    speaker = make_speaker([lambda: paper])
    cut_off = speaker.say("wait")
    dropped = speaker.say("two", interrupt=False)
    assert paper.has_begun.wait(10)
    speaker.say("three")
    wait(speaker)
    assert paper.said == told.of("spoken") == ["three"]
    assert (cut_off.outcome, dropped.outcome) == (Outcome.STOPPED, Outcome.STOPPED)


def test_what_was_stopped_is_never_told_as_spoken(make_speaker: MakeSpeaker, told: Told) -> None:
    paper = PaperEngine()
    speaker = make_speaker([lambda: paper])
    speaker.say("wait")
    speaker.say("two", interrupt=False)
    assert paper.has_begun.wait(10)
    speaker.stop()
    wait(speaker)
    assert told.events == [("started", "wait")]
    assert paper.said == []


def test_stop_before_the_engine_has_begun_is_not_lost(make_speaker: MakeSpeaker) -> None:
    paper = PaperEngine()
    may_go_on = threading.Event()
    speaker = make_speaker([lambda: may_go_on.wait(10) and paper])  # still making the engine
    utterance = speaker.say("wait")
    speaker.stop()
    may_go_on.set()
    wait(speaker)
    assert utterance.outcome is Outcome.STOPPED


def test_idle_is_told_after_the_listeners(make_speaker: MakeSpeaker) -> None:
    seen: list[bool] = []
    with Speaker([PaperEngine], events=SpeakerEvents(on_spoken=lambda _: seen.append(speaker.is_idle))) as speaker:
        assert speaker.is_idle
        speaker.say("one")
        wait(speaker)
        assert (speaker.is_idle, seen) == (True, [False])


def test_the_wait_has_an_end(make_speaker: MakeSpeaker) -> None:
    paper = PaperEngine()
    speaker = make_speaker([lambda: paper])
    speaker.say("wait")
    assert paper.has_begun.wait(10)
    assert not speaker.wait_until_idle(0.0)
    assert not speaker.is_idle


def test_options_hold_from_the_next_sentence_on(make_speaker: MakeSpeaker) -> None:
    paper = PaperEngine()
    speaker = make_speaker([lambda: paper], SpeechOptions(rate=100))
    speaker.say("one")
    wait(speaker)
    speaker.set_options(SpeechOptions(rate=200, voice="ink"))
    speaker.say("two")
    wait(speaker)
    assert paper.options == [SpeechOptions(rate=100), SpeechOptions(rate=200, voice="ink")]


def test_a_voice_that_is_not_there_is_replaced_and_told_once(make_speaker: MakeSpeaker, told: Told) -> None:
    paper = PaperEngine()
    speaker = make_speaker([lambda: paper], SpeechOptions(voice="blood"))
    speaker.say("one", interrupt=False)
    speaker.say("two", interrupt=False)
    wait(speaker)
    assert [options.voice for options in paper.options] == [None, None]
    assert told.of("problem") == ["There is no voice called blood, so the usual one speaks."]


def test_prepare_readies_the_engine_without_a_word(make_speaker: MakeSpeaker, told: Told) -> None:
    paper = PaperEngine()
    speaker = make_speaker([lambda: paper])
    speaker.prepare()
    speaker.say("one")
    wait(speaker)
    assert paper.said in (["(prepared)", "one"], ["one"])
    assert told.events == [("started", "one"), ("spoken", "one")]


def test_an_unusable_engine_is_passed_over_and_told_once(
    make_speaker: MakeSpeaker, told: Told, strict_log: StrictLog
) -> None:
    strict_log.expect("speech by espeak: The paper engine is torn")
    second = PaperEngine()
    speaker = make_speaker([lambda: PaperEngine(is_usable=False), lambda: second, SilentEngine])
    for text in ("one", "two"):
        speaker.say(text, interrupt=False)
    wait(speaker)
    assert second.said == told.of("spoken") == ["one", "two"]
    assert told.of("problem") == ["The paper engine is torn. Take another sheet. Until then paper speaks."]


def test_an_engine_that_fails_while_speaking_is_replaced(
    make_speaker: MakeSpeaker, told: Told, strict_log: StrictLog
) -> None:
    strict_log.expect("speech by silent: The paper engine is torn")
    first = PaperEngine()
    speaker = make_speaker([lambda: first, SilentEngine])
    failed = speaker.say("fail", interrupt=False)
    silent = speaker.say("two", interrupt=False)
    wait(speaker)
    lost = "Nothing can be spoken now. The paper engine is torn. Take another sheet."
    assert told.of("problem") == [lost]
    assert told.of("failed") == ["fail", "two"]
    assert {event[2] for event in told.events if event[0] == "failed"} == {lost}
    assert (failed.outcome, silent.outcome, first.closed) == (Outcome.SILENT, Outcome.SILENT, 1)


def test_a_mended_engine_speaks_again_and_a_new_failure_is_told_again(
    make_speaker: MakeSpeaker, told: Told, strict_log: StrictLog
) -> None:
    strict_log.expect("speech by silent")
    paper = PaperEngine(is_usable=False)
    speaker = make_speaker([lambda: paper, SilentEngine], look_again=0.0)
    speaker.say("one")
    wait(speaker)
    paper.is_usable = True
    speaker.say("two")
    wait(speaker)
    assert paper.said == told.of("spoken") == ["two"]
    speaker.say("fail")
    wait(speaker)
    assert len(told.of("problem")) == 2


def test_without_another_engine_the_failure_is_told(make_speaker: MakeSpeaker, told: Told) -> None:
    speaker = make_speaker([PaperEngine])
    assert speaker.say("fail").text == "fail"
    wait(speaker)
    assert told.events[1:] == [
        ("failed", "fail", "Nothing can be spoken now. The paper engine is torn. Take another sheet.")
    ]


def test_silence_that_was_chosen_is_no_failure(make_speaker: MakeSpeaker, told: Told) -> None:
    speaker = make_speaker([SilentEngine])
    utterance = speaker.say("one")
    wait(speaker)
    assert (told.events, utterance.outcome) == ([("started", "one")], Outcome.SILENT)


def test_what_no_engine_should_raise_does_not_end_the_voice(
    make_speaker: MakeSpeaker, told: Told, strict_log: StrictLog
) -> None:
    strict_log.expect("the speech thread met ZeroDivisionError")
    speaker = make_speaker([PaperEngine])
    speaker.say("surprise", interrupt=False)
    speaker.say("two", interrupt=False)
    wait(speaker)
    assert told.of("failed") == ["surprise"]
    assert told.of("spoken") == ["two"]


def test_a_listener_that_fails_does_not_end_the_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise ZeroDivisionError

    crashes: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda crash: crashes.append(crash.exc_type))
    paper = PaperEngine()
    with Speaker([lambda: paper], events=SpeakerEvents(on_spoken=fail)) as speaker:
        for text in ("one", "two"):
            speaker.say(text, interrupt=False)
            wait(speaker)
        wait_until(lambda: len(crashes) == 2)
    assert paper.said == ["one", "two"]
    assert crashes == [ZeroDivisionError, ZeroDivisionError]


def test_after_the_end_nothing_is_said(make_speaker: MakeSpeaker) -> None:
    paper = PaperEngine()
    speaker = make_speaker([lambda: paper])
    cut_off = speaker.say("wait")
    assert paper.has_begun.wait(10)
    speaker.close()
    late = speaker.say("late")
    speaker.close()
    assert (cut_off.outcome, late.outcome) == (Outcome.STOPPED, Outcome.STOPPED)
    assert (paper.said, paper.closed, speaker.is_idle) == ([], 1, True)
    assert not [thread for thread in threading.enumerate() if thread.name == "speech"]


def test_a_speaker_that_never_spoke_made_no_engine() -> None:
    made: list[SpeechEngine] = []

    def make() -> SpeechEngine:
        made.append(PaperEngine())
        return made[-1]

    with Speaker([make]) as speaker:
        speaker.stop()
    assert made == []


@pytest.mark.parametrize(
    ("make", "outcome"), [(PaperEngine, Outcome.SPOKEN), (SilentEngine, Outcome.SILENT)], ids=["paper", "silent"]
)
def test_say_and_wait_tells_how_it_ended(make: Callable[[], SpeechEngine], outcome: Outcome) -> None:
    assert say_and_wait("one", [make]) is outcome
