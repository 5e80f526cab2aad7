"""Rules about the shape of one example."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

_FOREIGN = (
    Rule(
        code="DATA-FORMAT-OPENAI-CHAT",
        severity="error",
        explanation="OpenAI chat lines (`messages` with `content`) are not read by Gemini tuning.",
        example='{"messages": [{"role": "user", "content": "..."}]}',
        remedy="convert the file with `retune convert FILE --output train.jsonl`",
    ),
    Rule(
        code="DATA-FORMAT-ANTHROPIC",
        severity="error",
        explanation="Anthropic and Bedrock lines (`system` beside `messages`) are not read by Gemini tuning.",
        example='{"system": "...", "messages": [{"role": "user", "content": "..."}]}',
        remedy="convert the file with `retune convert FILE --output train.jsonl`",
    ),
    Rule(
        code="DATA-FORMAT-COMPLETION",
        severity="error",
        explanation="Prompt and completion pairs are not read by Gemini tuning.",
        example='{"prompt": "...", "completion": "..."}',
        remedy="convert the file with `retune convert FILE --output train.jsonl`",
    ),
    Rule(
        code="DATA-FORMAT-PALM",
        severity="error",
        explanation="`input_text` and `output_text` belong to the PaLM models, which are gone.",
        example='{"input_text": "...", "output_text": "..."}',
        remedy="convert the file with `retune convert FILE --output train.jsonl`",
    ),
    Rule(
        code="DATA-FORMAT-PREFERENCE",
        severity="error",
        explanation="Lines with scored `completions` are for preference tuning, not for supervised tuning.",
        example='{"contents": [ ... ], "completions": [{"score": 1, "completion": { ... }}]}',
        remedy="append the preferred completion to contents as the last model turn and remove completions",
    ),
    Rule(
        code="DATA-FORMAT-REINFORCEMENT",
        severity="error",
        explanation="Lines with `references` are for reinforcement tuning, not for supervised tuning.",
        example='{"contents": [ ... ], "references": { ... }}',
        remedy="append the wanted answer to contents as the last model turn and remove references",
    ),
)

_STRUCTURE = (
    Rule(
        code="DATA-NOT-OBJECT",
        severity="error",
        explanation="Every line must be a JSON object.",
        example='["question", "answer"]',
        remedy='write the example as {"contents": [ ... ]}',
    ),
    Rule(
        code="DATA-UNKNOWN-KEY",
        severity="error",
        explanation="A key that the format does not have is a misspelling or belongs elsewhere.",
        example='{"content": [ ... ]}',
        remedy="rename or remove the key",
    ),
    Rule(
        code="DATA-MISSING-KEY",
        severity="error",
        explanation="An example needs contents, a turn needs parts, a function call needs a name.",
        example='{"systemInstruction": { ... }}',
        remedy="add the missing key",
    ),
    Rule(
        code="DATA-TYPE",
        severity="error",
        explanation="Every value must have the type that the format gives it; null stands for no type.",
        example='{"contents": "a question"}',
        remedy="write the value in the form that the message names",
    ),
    Rule(
        code="DATA-SNAKE-CASE",
        severity="warning",
        explanation="Keys in snake_case are read like camelCase, but the documentation shows camelCase only.",
        example='{"system_instruction": { ... }}',
        remedy="write keys in camelCase",
        strict="error",
        lenient="off",
    ),
)

_TURNS = (
    Rule(
        code="DATA-ROLE",
        severity="error",
        explanation="The roles of a turn are `user` and `model`.",
        example='{"role": "assistant", "parts": [ ... ]}',
        remedy="use user or model; move a system text to systemInstruction",
    ),
    Rule(
        code="DATA-ROLE-MISSING",
        severity="warning",
        explanation="Only an example of one exchange may leave roles out; they are then taken from the order.",
        example='{"contents": [{"parts": [ ... ]}, {"parts": [ ... ]}]}',
        remedy="give every turn its role",
        lenient="off",
    ),
    Rule(
        code="DATA-ROLE-ORDER",
        severity="error",
        explanation="Turns start with the user and alternate between user and model.",
        example="two user turns in a row",
        remedy="join neighbouring turns of one role, or add the turn that is missing between them",
    ),
    Rule(
        code="DATA-LAST-TURN",
        severity="error",
        explanation="The last turn is the answer to learn, so it must come from the model.",
        example="an example that ends with the user's question",
        remedy="append the wanted answer as a model turn",
    ),
    Rule(
        code="DATA-EMPTY-TURN",
        severity="error",
        explanation="An example needs at least one turn and a turn at least one part.",
        example='{"role": "model", "parts": []}',
        remedy="add the missing content or remove the example",
    ),
    Rule(
        code="DATA-EMPTY-TEXT",
        severity="error",
        explanation="A text of nothing or white space teaches nothing.",
        example='{"text": "  "}',
        remedy="remove the part, or the example if nothing is left",
    ),
)

_PARTS = (
    Rule(
        code="DATA-PART",
        severity="error",
        explanation="A part carries exactly one of text, fileData, inlineData, functionCall and functionResponse.",
        example='{"text": "...", "fileData": { ... }}',
        remedy="write one part for each",
    ),
    Rule(
        code="DATA-FILE-URI",
        severity="error",
        explanation="fileData names its file by a gs:// or http(s) address and a MIME type.",
        example='{"fileData": {"mimeType": "image/png", "fileUri": "photos/1.png"}}',
        remedy="upload the file and write its gs:// address and MIME type",
    ),
    Rule(
        code="DATA-INLINE-DATA",
        severity="warning",
        explanation="inlineData is not part of the documented tuning format.",
        example='{"inlineData": {"mimeType": "image/png", "data": "..."}}',
        remedy="upload the file and refer to it with fileData",
        strict="error",
    ),
    Rule(
        code="DATA-SYSTEM-PARTS",
        severity="error",
        explanation="A system instruction consists of text parts only.",
        example='{"systemInstruction": {"parts": [{"fileData": { ... }}]}}',
        remedy="move other parts to the first user turn",
    ),
    Rule(
        code="DATA-GENERATION-CONFIG",
        severity="warning",
        explanation="Of generationConfig only mediaResolution has a meaning in tuning.",
        example='{"generationConfig": {"temperature": 0}}',
        remedy="remove the other settings",
    ),
    Rule(
        code="DATA-MEDIA-RESOLUTION",
        severity="error",
        explanation="mediaResolution is MEDIA_RESOLUTION_LOW, MEDIA_RESOLUTION_MEDIUM or MEDIA_RESOLUTION_HIGH.",
        example='{"generationConfig": {"mediaResolution": "LOW"}}',
        remedy="write one of the three names in full",
    ),
)

SHAPE_RULES = (*_FOREIGN, *_STRUCTURE, *_TURNS, *_PARTS)
