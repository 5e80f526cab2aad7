"""A conversation on its way into Gemini's format."""

from __future__ import annotations

from typing import Any


class NotConvertible(ValueError):
    """The example has something that Gemini tuning has no place for; the message says what."""


class Conversation:
    """Collects turns and gives them the form of one line.

    Turns of the same speaker that follow each other become parts of one turn: Gemini wants speakers to alternate.
    """

    def __init__(self) -> None:
        self._system: list[str] = []
        self._turns: list[dict[str, Any]] = []
        self._tools: list[dict[str, Any]] = []

    def system(self, text: str) -> None:
        """Add to the system instruction."""
        if text.strip():
            self._system.append(text)

    def tools(self, declarations: list[dict[str, Any]]) -> None:
        """Declare functions."""
        self._tools += declarations

    def say(self, role: str, parts: list[dict[str, Any]]) -> None:
        """Add parts of the user, the model, or a function's response (role `tool`)."""
        if not parts:
            return
        if self._turns and self._turns[-1]["role"] == role:
            self._turns[-1]["parts"] += parts
        else:
            self._turns.append({"role": role, "parts": parts})

    def line(self) -> dict[str, Any]:
        """The example.

        Raises:
            NotConvertible: It does not begin with the user and end with the model.
        """
        if not self._turns or self._turns[0]["role"] != "user":
            raise NotConvertible("the conversation does not begin with the user")
        if self._turns[-1]["role"] != "model":
            raise NotConvertible("the conversation does not end with an answer")
        line: dict[str, Any] = {}
        if self._system:
            line["systemInstruction"] = {"parts": [{"text": "\n\n".join(self._system)}]}
        # Google's sample gives the turn of a function's response no role.
        line["contents"] = [{"parts": turn["parts"]} if turn["role"] == "tool" else turn for turn in self._turns]
        if self._tools:
            line["tools"] = [{"functionDeclarations": self._tools}]
        return line


def text_parts(text: Any, what: str) -> list[dict[str, Any]]:
    """One text part; none for an empty text.

    Raises:
        NotConvertible: The value is no text.
    """
    if not isinstance(text, str):
        raise NotConvertible(f"{what} is not a text")
    return [{"text": text}] if text.strip() else []


def file_part(uri: Any) -> dict[str, Any]:
    """A part that refers to an image by its address.

    Raises:
        NotConvertible: The address is not gs:// or https://, or its name does not tell the type.
    """
    import mimetypes

    if not isinstance(uri, str) or not uri.startswith(("gs://", "https://", "http://")):
        raise NotConvertible("an image that is not given by a gs:// or https:// address; upload it first")
    mime_type = mimetypes.guess_type(uri.partition("?")[0])[0]
    if mime_type is None:
        raise NotConvertible("an image whose address does not tell its type")
    return {"fileData": {"mimeType": mime_type, "fileUri": uri}}


def exchange(prompt: Any, answer: Any, system: Any = "") -> dict[str, Any]:
    """The example of one question and one answer.

    Raises:
        NotConvertible: One of them is empty or no text.
    """
    conversation = Conversation()
    for text in (parts["text"] for parts in text_parts(system or "", "the system instruction")):
        conversation.system(text)
    conversation.say("user", text_parts(prompt, "the prompt"))
    conversation.say("model", text_parts(answer, "the answer"))
    return conversation.line()
